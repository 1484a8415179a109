package node_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// lossesOver are the ways to write a whole document.
var lossesOver = map[string]func(t *testing.T, n *node.Node, key, json string) error{
	"put": func(t *testing.T, n *node.Node, key, json string) error {
		_, err := n.Collection("c").Put(t.Context(), key, []byte(json), node.PutOptions{})
		return err
	},
	"import": func(t *testing.T, n *node.Node, key, json string) error {
		all, err := n.Collection("c").PutAll(t.Context(), []node.PutItem{{Key: "other", JSON: []byte(`1`)}, {Key: key, JSON: []byte(json)}})
		return errors.Join(err, all[0].Err, all[1].Err)
	},
	"transaction": func(t *testing.T, n *node.Node, key, json string) error {
		return n.Update(t.Context(), func(tx *node.Tx) error {
			return errors.Join(tx.Put("c", "other", []byte(`1`), node.PutOptions{}), tx.Put("c", key, []byte(json), node.PutOptions{}))
		})
	},
}

// TestPutOverALostRecord: whoever puts a whole document where a disk has lost the record is not refused, and it is said.
// A peer that has the lost one keeps it, and both come to have both.
func TestPutOverALostRecord(t *testing.T) {
	for name, write := range lossesOver {
		for _, hashed := range []bool{false, true} {
			for _, alone := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, hashed %t, alone %t", name, hashed, alone), func(t *testing.T) {
					bubble.Test(t, func(t *testing.T) {
						w, disk, said := newWorld(t), store.New(), &incidents{}
						x, y := w.open("x", node.Options{Store: disk, Events: said.events()}), w.open("y", node.Options{})
						defer func() { w.close(x, y) }()
						w.join(x, y)
						put(t, x, "c/k", `{"good":1}`)
						w.converge(x, y)
						if alone {
							w.Partition([]string{"x"}, []string{"y"})
						}
						put(t, x, "c/j", `1`)
						lose(t, disk, "c/k")
						if hashed { // without it
							if _, err := x.Root(t.Context(), "c"); err != nil {
								t.Fatal(err)
							}
						}
						if err := write(t, x, "k", `{"mine":2}`); err != nil {
							t.Fatal(err)
						}
						if said.count(node.Damage) == 0 {
							t.Error("it was not said")
						}
						w.Heal()
						w.converge(x, y)
						for _, n := range []*node.Node{x, y} {
							want(t, n, "c/k", `{"good":1,"mine":2}`)
						}
					})
				})
			}
		}
	}
}

// TestEditOverALostRecord: who builds on a document that a disk has lost is refused, and the good copy comes back.
func TestEditOverALostRecord(t *testing.T) {
	for name, write := range map[string]func(t *testing.T, c *node.Collection) error{
		"edit": func(t *testing.T, c *node.Collection) error {
			_, err := c.MergePatch(t.Context(), "k", []byte(`{"mine":2}`), node.PutOptions{})
			return err
		},
		"put where there is none": func(t *testing.T, c *node.Collection) error {
			_, err := c.Put(t.Context(), "k", []byte(`{"mine":2}`), node.PutOptions{IfAbsent: true})
			return err
		},
		"delete": func(t *testing.T, c *node.Collection) error {
			_, err := c.Delete(t.Context(), "k", node.PutOptions{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, disk, said := newWorld(t), store.New(), &incidents{}
				x, y := w.open("x", node.Options{Store: disk, Events: said.events()}), w.open("y", node.Options{})
				defer func() { w.close(x, y) }()
				w.join(x, y)
				put(t, x, "c/k", `{"good":1}`)
				w.converge(x, y)
				put(t, x, "c/j", `1`)
				lose(t, disk, "c/k")
				if err := write(t, x.Collection("c")); !errors.Is(err, storage.ErrDamaged) {
					t.Fatalf("not refused: %v", err)
				}
				time.Sleep(5 * time.Second)
				w.converge(x, y)
				for _, n := range []*node.Node{x, y} {
					want(t, n, "c/k", `{"good":1}`)
				}
				if said.count(node.Damage) == 0 {
					t.Error("it was not said")
				}
			})
		})
	}
}

// TestFrameOntoALostRecord: a change of who has not heard of it meets a record that was lost, among many documents, some of which
// have changed since: all come to have both.
func TestFrameOntoALostRecord(t *testing.T) {
	for _, opened := range []bool{false, true} {
		t.Run(fmt.Sprint("opened again ", opened), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, disk, said := newWorld(t), store.New(), &incidents{}
				options := node.Options{Store: disk, Events: said.events(), Dir: t.TempDir()}
				x, y, z := w.open("x", options), w.open("y", node.Options{}), w.open("z", node.Options{})
				defer func() { w.close(x, y, z) }()
				w.join(x, y, z)
				var items []node.PutItem
				for i := range 600 {
					items = append(items, node.PutItem{Key: fmt.Sprintf("d%03d", i), JSON: []byte(`1`)})
				}
				if _, err := x.Collection("c").PutAll(t.Context(), items); err != nil {
					t.Fatal(err)
				}
				w.converge(x, y, z)
				w.Partition([]string{"x", "y"}, []string{"z"})
				put(t, x, "c/k", `{"good":1}`)
				time.Sleep(5 * time.Second)
				want(t, y, "c/k", `{"good":1}`)
				put(t, z, "c/k", `{"other":2}`)
				w.Partition([]string{"x"}, []string{"y"}, []string{"z"})
				for i := range 600 {
					items[i].JSON = []byte(`2`)
				}
				if _, err := x.Collection("c").PutAll(t.Context(), items); err != nil {
					t.Fatal(err)
				}
				lose(t, disk, "c/k")
				if opened {
					if err := x.Close(); err != nil {
						t.Fatal(err)
					}
					options.Store = reopen(disk)
					x = w.open("x", options)
				}
				w.Partition([]string{"x", "z"}, []string{"y"})
				time.Sleep(10 * time.Second)
				w.Heal()
				w.converge(x, y, z)
				for _, n := range []*node.Node{x, y, z} {
					want(t, n, "c/k", `{"good":1,"other":2}`)
				}
				if said.count(node.Damage) == 0 {
					t.Error("it was not said")
				}
			})
		})
	}
}
