package node_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// manyLost are the ways to meet documents of c that a disk has lost: x has lost them, y holds them. Each says what x and y
// hold of every one in the end.
var manyLost = map[string]struct {
	lost int
	meet func(t *testing.T, x, y *node.Node, keys []string)
	want string // "": what was put, with or without what was lost
}{
	"a read": {1000, func(t *testing.T, x, _ *node.Node, keys []string) {
		if got := outcome(x.Collection("c").Get(t.Context(), keys[0])); got != "damaged" {
			t.Errorf("the first is %s", got)
		}
	}, `{"good":1}`},
	"puts": {100, func(t *testing.T, x, _ *node.Node, keys []string) {
		for _, key := range keys {
			put(t, x, "c/"+key, `{"mine":2}`)
			time.Sleep(500 * time.Millisecond)
		}
	}, ""},
	"an import": {1000, func(t *testing.T, x, _ *node.Node, keys []string) {
		var items []node.PutItem
		for _, key := range keys {
			items = append(items, node.PutItem{Key: key, JSON: []byte(`{"mine":2}`)})
		}
		results, err := x.Collection("c").PutAll(t.Context(), items)
		ok(t, err)
		for _, r := range results {
			ok(t, r.Err)
		}
	}, ""},
	"a transaction": {1000, func(t *testing.T, x, _ *node.Node, keys []string) {
		ok(t, x.Update(t.Context(), func(tx *node.Tx) error {
			for _, key := range keys {
				if err := tx.Put("c", key, []byte(`{"mine":2}`), node.PutOptions{}); err != nil {
					return err
				}
			}
			return nil
		}))
	}, ""},
	"changes of a peer": {100, func(t *testing.T, _, y *node.Node, keys []string) {
		for _, key := range keys {
			_, err := y.Collection("c").MergePatch(t.Context(), key, []byte(`{"theirs":3}`), node.PutOptions{})
			ok(t, err)
			time.Sleep(500 * time.Millisecond)
		}
	}, `{"good":1,"theirs":3}`},
	"a scrub": {1000, func(*testing.T, *node.Node, *node.Node, []string) {
		time.Sleep(10 * time.Minute) // of which it begins after one
	}, `{"good":1}`},
}

// TestManyLost: how soon documents are here again that a disk has lost does not follow from how many they are: what is known to be
// lost is given up at once, sessions end a few times for all, with the waits of production between them. A put over what was lost is
// concurrent to it, or replaces what has come back: that is a matter of time.
func TestManyLost(t *testing.T) {
	for name, way := range manyLost {
		for _, entries := range []bool{false, true} {
			if entries && (name == "a read" || name == "a scrub") {
				continue // nobody can name what is lost with its entry but who has it
			}
			t.Run(fmt.Sprintf("%s, with entries %t", name, entries), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					w, disk := newWorld(t), store.New()
					var ended, taken atomic.Int64                          // sessions, incarnations
					var began atomic.Pointer[time.Time]                    // the last session
					open := func(name string, o node.Options) *node.Node { // with the waits of production
						o.Name = name
						o.Network = func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
							return w.Start(network.Options{Self: name, Secret: c.Secret})
						}
						n, err := node.Open(t.Context(), o)
						ok(t, err)
						return n
					}
					x := open("x", node.Options{Store: disk, Events: node.Events{
						Incarnation: func(node.IncarnationEvent) { taken.Add(1) },
						PeerDown:    func(node.PeerEvent) { ended.Add(1) },
						PeerUp:      func(node.PeerEvent) { now := time.Now(); began.Store(&now) },
					}})
					y := open("y", node.Options{})
					defer w.close(x, y)
					w.join(x, y)
					var items []node.PutItem
					var keys []string
					for i := range way.lost {
						keys = append(keys, fmt.Sprintf("k%03d", i))
						items = append(items, node.PutItem{Key: keys[i], JSON: []byte(`{"good":1}`)})
					}
					_, err := x.Collection("c").PutAll(t.Context(), items)
					ok(t, err)
					put(t, x, "c/other", `1`)
					w.converge(x, y)
					time.Sleep(2 * time.Second) // the index is read
					loseMany(t, disk, entries, keys)
					before := ended.Load()
					taken.Store(0)
					way.meet(t, x, y, keys)
					met := time.Now()
					time.Sleep(time.Minute)
					w.converge(x, y)
					t.Logf("the last session began %s after, %d sessions ended, %d incarnations", began.Load().Sub(met), ended.Load()-before, taken.Load())
					if n := ended.Load() - before; n > 20 {
						t.Errorf("%d sessions ended", n)
					}
					if n := taken.Load(); n > 5 && !(entries && name == "puts") { // lost with their entries they are found one by one
						t.Errorf("%d incarnations were taken", n)
					}
					for _, key := range keys {
						got := show(t, y, "c/"+key)
						if got != way.want && (way.want != "" || got != `{"mine":2}` && got != `{"good":1,"mine":2}`) {
							t.Fatalf("%s: %s", key, got)
						}
						want(t, x, "c/"+key, got)
					}
				})
			})
		}
	}
}

// loseMany takes away the records of documents of c, and their entries in the index.
func loseMany(t *testing.T, disk storage.Store, entries bool, keys []string) {
	t.Helper()
	for _, key := range keys {
		lose(t, disk, "c/"+key)
	}
	if entries {
		loseEntries(t, disk, keys...)
	}
}
