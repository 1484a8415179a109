package node_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestMergesWaitForTheIndex: while the dot index of a large collection that was just opened is read, a new document of a
// peer is not merged, nor what comes behind it; local writes go on, and so do other collections. When it was read all is
// there; and a document that was lost before the opening was not begun anew, which would tell the peer that it was removed.
func TestMergesWaitForTheIndex(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("lost ", lost), func(t *testing.T) { mergesWait(t, lost) })
	}
}

func mergesWait(t *testing.T, lost bool) {
	bubble.Test(t, func(t *testing.T) {
		const documents = 20_001
		w, disk, said := newWorld(t), store.New(), &incidents{}
		options := node.Options{Store: disk, Events: said.events(), Device: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
		x, y := w.open("x", options), w.open("y", node.Options{})
		defer func() { w.close(x, y) }()
		w.join(x, y)
		items := make([]node.PutItem, documents)
		for i := range items {
			items[i] = node.PutItem{Key: fmt.Sprintf("k%06d", i), JSON: []byte(`{"mine":1}`)}
		}
		for part := range slices.Chunk(items, 1000) {
			if _, err := x.Collection("c").PutAll(context.Background(), part); err != nil {
				t.Fatal(err)
			}
		}
		put(t, x, "d/both", `1`)
		w.converge(x, y)
		w.Partition([]string{"x"}, []string{"y"})
		put(t, y, "c/new", `1`)
		put(t, y, "c/k000002", `{"mine":1,"theirs":2}`)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		disk = disk.Kill()
		if lost {
			if err := disk.Update(func(tx storage.Tx) error { return tx.Delete([]byte("dc\x00k000002")) }); err != nil {
				t.Fatal(err)
			}
		}
		slow := slowIndex{disk, make(chan struct{}), new(atomic.Int64)}
		options.Store = slow
		open := sync.OnceFunc(func() { close(slow.gate) })
		defer open()
		x = w.open("x", options)
		w.Heal()
		w.join(y, x)
		time.Sleep(10 * time.Second)
		put(t, y, "c/newer", `1`)
		put(t, y, "c/k000001", `2`)
		put(t, y, "d/other", `1`)
		put(t, x, "c/own", `1`)
		time.Sleep(time.Second)
		want(t, x, "c/own", `1`)
		want(t, y, "c/own", `1`)
		want(t, x, "d/other", `1`)
		want(t, x, "c/k000001", `{"mine":1}`)
		for _, key := range []string{"new", "newer"} {
			if d, err := x.Collection("c").Get(context.Background(), key); err == nil {
				t.Errorf("%s was merged before the index was read: %s", key, d.JSON())
			}
		}
		if n := slow.reading.Load(); n != 1 {
			t.Errorf("%d readings of the index", n)
		}
		open()
		w.converge(x, y)
		for _, n := range []*node.Node{x, y} {
			want(t, n, "c/new", `1`)
			want(t, n, "c/newer", `1`)
			want(t, n, "c/k000001", `2`)
			want(t, n, "c/k000002", `{"mine":1,"theirs":2}`)
		}
		if (said.count(node.Damage) > 0) != lost {
			t.Errorf("damage was said %d times", said.count(node.Damage))
		}
	})
}
