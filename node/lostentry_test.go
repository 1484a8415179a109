package node_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// loseEntries drops the entries of the dot index of documents of collection c.
func loseEntries(t *testing.T, disk storage.Store, documents ...string) {
	t.Helper()
	err := disk.Update(func(tx storage.Tx) error {
		var keys [][]byte
		for item, err := range tx.Scan(storage.ScanOptions{Start: []byte("ic\x00"), End: []byte("ic\x01")}) {
			if err != nil {
				return err
			}
			for _, k := range documents {
				if string(item.Value) == k {
					keys = append(keys, bytes.Clone(item.Key))
				}
			}
		}
		for _, key := range keys {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		if len(keys) != len(documents) {
			return fmt.Errorf("%d entries of %v", len(keys), documents)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLostEntryMeetsADrain: entries of the dot index are lost of changes that no peer has yet, of a document that
// is new, of one that was changed, and of one that was removed. Whoever comes for them, behind, or
// with nothing, gets them all; before that nobody counts them, so what is written there meanwhile
// replaces nothing and brings nothing back; and it is said.
func TestLostEntryMeetsADrain(t *testing.T) {
	for _, opened := range []bool{false, true} {
		t.Run(fmt.Sprint("opened again ", opened), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, disk, said := newWorld(t), store.New(), &incidents{}
				options := node.Options{Store: disk, Device: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), Events: said.events()}
				x, y, z := w.open("x", options), w.open("y", node.Options{Events: said.events()}), w.open("z", node.Options{Events: said.events()})
				defer func() { w.close(x, y, z) }()
				w.Partition([]string{"x", "y"}, []string{"z"})
				w.join(x, y, z)
				put(t, x, "c/changed", `{"a":1,"b":1}`)
				put(t, x, "c/removed", `1`)
				w.converge(x, y)
				w.Partition([]string{"x"}, []string{"y"}, []string{"z"})
				put(t, x, "c/changed", `{"a":2,"b":1}`)
				put(t, x, "c/new", `{"a":1}`)
				if _, err := x.Collection("c").Delete(t.Context(), "removed", node.PutOptions{}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Second)
				loseEntries(t, disk, "changed", "new", "removed")
				if opened {
					if err := x.Close(); err != nil {
						t.Fatal(err)
					}
					options.Store = disk.Kill()
					x = w.open("x", options)
				}
				w.Partition([]string{"x", "y"}, []string{"z"})
				if opened {
					w.join(y, x)
				}
				for i := range 20 { // y goes on writing what it sees of them
					if _, err := y.Collection("c").MergePatch(t.Context(), "changed", fmt.Appendf(nil, `{"b":%d}`, i), node.PutOptions{}); err != nil {
						t.Fatal(err)
					}
					time.Sleep(500 * time.Millisecond)
				}
				all := []*node.Node{x, y}
				if w.Heal(); !opened { // it is in another mesh then
					all = append(all, z)
				}
				w.converge(all...)
				for _, n := range all {
					want(t, n, "c/changed", `{"a":2,"b":19}`)
					want(t, n, "c/new", `{"a":1}`)
					if _, err := n.Collection("c").Get(t.Context(), "removed"); err == nil {
						t.Errorf("at %s what was removed is there again", n.Name())
					}
				}
				if said.count(node.Damage) == 0 || said.count(node.Diverged)+said.count(node.Repaired) > 0 {
					t.Errorf("said: %v", said.kinds)
				}
			})
		})
	}
}
