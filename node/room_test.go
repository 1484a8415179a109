package node_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	ram "github.com/crdtstore/crdtstore/storage/memory"
)

// filled is a node that holds as many collections as it may.
func (w *world) filled(name string, collections int) *node.Node {
	s, device := ram.New(), ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-32s", name)))
	fillCollections(w.t, s, device, collections-collections%500)
	n := w.open(name, node.Options{Store: s, Device: device})
	for i := collections - collections%500; i < collections; i++ {
		put(w.t, n, collectionName(i)+"/a", `1`)
	}
	return n
}

var noRoom = regexp.MustCompile(`^no room (here|at the peer): (more|c0+409\d), and 3 more collections$`)

// TestNoRoomForACollection: a full node refuses a write to one collection more
// and goes on with those that it has; one of a peer it declines, and both say
// which. What leaves its scope makes room.
func TestNoRoomForACollection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector")
	}
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.filled("a", node.MaxCollections), w.open("b", node.Options{})
		defer w.close(a, b)
		_, err := a.Collection("more").Put(t.Context(), "k", []byte(`1`), node.PutOptions{})
		if !errors.Is(err, node.ErrCollections) || !strings.Contains(err.Error(), "more: too many collections: this node holds 4096") {
			t.Fatal(err)
		}
		put(t, a, collectionName(0)+"/more", `1`)
		if _, err := a.Collection("more").Delete(t.Context(), "k", node.PutOptions{}); errors.Is(err, node.ErrCollections) {
			t.Errorf("a removal of nothing: %v", err)
		}
		put(t, b, "more/k", `1`)
		put(t, b, "most/k", `1`)
		put(t, b, collectionName(1)+"/b", `1`)
		w.join(a, b)
		time.Sleep(10 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if r, err := a.Sync(ctx, "b"); err != nil || r.Peers[0].Converged || !noRoom.MatchString(r.Peers[0].Why) {
			t.Errorf("%+v, %v", r, err)
		}
		want(t, a, collectionName(1)+"/b", `1`)
		if st := status(t, b, "a"); st.State != node.Syncing || !noRoom.MatchString(st.Why) {
			t.Errorf("%s: %s", st.State, st.Why)
		}
		ok(t, a.SetScope(t.Context(), []string{"m*"}, node.ScopeOptions{Force: true}))
		w.converge(a, b)
		want(t, a, "more/k", `1`)
	})
}

// TestRoomIsGivenOnce: more peers than there is room for offer a collection each
// at once; no more are taken than there may be.
func TestRoomIsGivenOnce(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a := w.filled("a", node.MaxCollections-1)
		crooks := []*crook{}
		for i := range 3 {
			c := intrude(t, w, a, fmt.Sprint("z", i))
			c.opens(fmt.Sprint("x", i), crdt.Knowledge{}) // there is room for any one of them
			crooks = append(crooks, c)
		}
		bubble.Wait()
		for i, c := range crooks {
			c.frame(fmt.Sprint("x", i), falsehood{vector: c.own(1), heads: []crdt.SignedHead{c.head(fmt.Sprint("x", i), 1)}})
		}
		time.Sleep(10 * time.Second)
		declined := 0
		for _, c := range crooks {
			if why, _ := c.fate(); strings.HasPrefix(why, "no room for a collection") {
				declined++
			}
		}
		all, err := a.Collections(t.Context())
		ok(t, err)
		if len(all) != node.MaxCollections || declined != 2 {
			t.Errorf("%d collections, %d peers were told", len(all), declined)
		}
		w.close(a)
		for _, c := range crooks {
			ok(t, c.net.Close())
		}
	})
}
