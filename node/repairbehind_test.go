package node_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// lose deletes what a store holds of a document.
func lose(t *testing.T, disk storage.Store, address string) {
	t.Helper()
	err := disk.Update(func(tx storage.Tx) error { return tx.Delete([]byte("d" + nul(address))) })
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamageMetByAPeerBehind: a peer comes back behind what was forgotten, and
// its documents are compared with those of a node whose disk has changed one, or
// lost one. That is reported and healed; the session does not fail again and again
// over it.
func TestDamageMetByAPeerBehind(t *testing.T) {
	for name, damaged := range map[string]func(*testing.T, storage.Store, string){"changed": flip, "lost": lose} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t)
				c := &calendar{}
				disk, sc, dir := store.New(), store.New(), t.TempDir()
				var mu sync.Mutex
				reported, ended := map[string]bool{}, 0
				a := w.open("a", node.Options{Store: disk, Clock: c.now, Events: node.Events{
					Incident: func(e node.IncidentEvent) {
						mu.Lock()
						defer mu.Unlock()
						reported[e.Key] = reported[e.Key] || e.Kind == node.Damage
					},
					PeerDown: func(node.PeerEvent) {
						mu.Lock()
						defer mu.Unlock()
						ended++
					},
				}})
				away := w.open("c", node.Options{Store: sc, Dir: dir, Clock: c.now})
				for i := range 40 {
					put(t, a, fmt.Sprintf("docs/%02d", i), `{"dear":true}`)
				}
				w.join(a, away)
				w.converge(a, away)
				w.close(away)
				for i := range 10 {
					del(t, a, fmt.Sprintf("docs/%02d", i))
				}
				if _, err := a.Root(t.Context(), "docs"); err != nil {
					t.Fatal(err)
				}
				c.pass(t, 100, a)
				if forgotten(t, a, "docs").Equal(crdt.Knowledge{}) {
					t.Fatal("nothing was forgotten")
				}
				damaged(t, disk, "docs/33")
				mu.Lock()
				ended = 0
				mu.Unlock()
				away = w.open("c", node.Options{Store: reopen(sc), Dir: dir, Clock: c.now})
				defer w.close(a, away)
				w.join(a, away)
				w.converge(a, away)
				for _, n := range []*node.Node{a, away} {
					for i := range 40 {
						held := `{"dear":true}`
						if i < 10 {
							held = "not found"
						}
						want(t, n, fmt.Sprintf("docs/%02d", i), held)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				if !reported["33"] || ended > 3 {
					t.Errorf("damage was reported of %v, and %d sessions ended", reported, ended)
				}
			})
		})
	}
}
