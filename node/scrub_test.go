package node_test

import (
	"crypto/ed25519"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestScrubFindsDamage: a record that nobody reads is found by the scrub alone,
// and comes back from a peer.
func TestScrubFindsDamage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := store.New()
		var mu sync.Mutex
		damaged := map[string]int{}
		a := w.open("a", node.Options{Store: disk, Events: node.Events{Incident: func(e node.IncidentEvent) {
			mu.Lock()
			defer mu.Unlock()
			if e.Kind == node.Damage {
				damaged[e.Key]++
			}
		}}})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		for i := range 100 {
			put(t, a, fmt.Sprintf("c/%02d", i), fmt.Sprintf(`{"n":%d}`, i))
		}
		w.join(a, b)
		w.converge(a, b)
		time.Sleep(10 * time.Minute) // the first pass
		s, err := a.Status(t.Context())
		if err != nil || s.Scrub.Ended.IsZero() || s.Scrub.Documents != 100 || s.Scrub.Findings != 0 {
			t.Fatalf("after one pass: %+v %v", s.Scrub, err)
		}
		flip(t, disk, "c/42")
		time.Sleep(25 * time.Hour) // the next
		if s, err = a.Status(t.Context()); err != nil || s.Scrub.Findings == 0 {
			t.Errorf("after the damage: %+v %v", s.Scrub, err)
		}
		mu.Lock()
		if damaged["42"] == 0 || len(damaged) != 1 {
			t.Errorf("damage was reported of %v", damaged)
		}
		mu.Unlock()
		w.converge(a, b)
		want(t, a, "c/42", `{"n":42}`)
		want(t, b, "c/42", `{"n":42}`)
	})
}

// TestScrubGoesOn: a pass that a restart has interrupted goes on where it was,
// at the pace of its budget.
func TestScrubGoesOn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &keptOpen{Store: store.New()}
		open := func() *node.Node {
			n, err := node.Open(t.Context(), node.Options{Store: disk, Device: ed25519.NewKeyFromSeed(make([]byte, 32))})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		n := open()
		items := make([]node.PutItem, 12000)
		for i := range items {
			items[i] = node.PutItem{Key: fmt.Sprintf("%05d", i), JSON: fmt.Appendf(nil, `{"text":"%01000d"}`, i)}
		}
		if _, err := n.Collection("c").PutAll(t.Context(), items); err != nil {
			t.Fatal(err)
		}
		status := func() node.ScrubStatus {
			s, err := n.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return s.Scrub
		}
		restarts := 0
		for ; status().Ended.IsZero(); restarts++ {
			time.Sleep(scrubbing)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			n = open()
		}
		s := status()
		if s.Documents != uint64(len(items)) {
			t.Errorf("%d documents were checked, there are %d", s.Documents, len(items))
		}
		if restarts < 2 {
			t.Errorf("a pass of 24 MB took %d restarts, each after %s", restarts, scrubbing)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// scrubbing is how long a node is open: the delay before the scrub begins, and
// until after its progress is stored.
const scrubbing = time.Minute + 10*time.Second

// keptOpen is a store that outlives the node which closes it.
type keptOpen struct{ *store.Store }

func (keptOpen) Close() error { return nil }
