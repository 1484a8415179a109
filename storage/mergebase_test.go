package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// lossBase is a node a that knows a document "k", which its disk then does not have as it was, a peer b that has it,
// and c that has changed it without having heard of it.
func lossBase(t *testing.T, others int, hashed bool) (a, b, c *node) {
	a, b, c = newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c')
	var cs []change
	for i := range others {
		cs = append(cs, change{key: fmt.Sprintf("j%04d", i), json: `1`})
	}
	if len(cs) > 0 {
		a.write(t, "people", cs...)
	}
	a.write(t, "people", change{key: "k", json: `{"first":1}`})
	if hashed {
		a.hash(t, "people")
	}
	c.write(t, "people", change{key: "k", json: `{"other":2}`})
	return a, b, c
}

// refusedThenHealed merges what from has into a, which must refuse it as damage and leave no trace; then k is given
// up, as a check has it done, and a, b and from must come to hold all that was ever written.
func refusedThenHealed(t *testing.T, a, b, from *node, want string) {
	t.Helper()
	f := from.frames(t, "people", a.knowledge(t, "people"), 3)
	before := dump(t, a.store)
	var d *storage.DamagedError
	if _, err := a.tryMerge("people", f[0]); !errors.As(err, &d) || d.Key != "k" && d.Key != "" {
		t.Errorf("merged: %v", err)
	} else if fmt.Sprint(dump(t, a.store)) != fmt.Sprint(before) {
		t.Error("refused, it has changed the store")
	}
	found, err := a.VerifyRange("people", "", "")
	if err != nil || len(found) == 0 {
		t.Errorf("a check finds %v, %v", found, err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", "k", "k\x00") }); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, n := range []*node{a, b, from} {
			for _, o := range []*node{a, b, from} {
				if n != o {
					n.pull(t, "people", o)
				}
			}
		}
	}
	for _, n := range []*node{a, b, from} {
		rec, err := n.Get("people", "k")
		if err != nil {
			t.Fatal(err)
		}
		doc, err := crdt.Decode(rec.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(doc.AppendJSON(nil, crdt.FormatPlain)); got != want {
			t.Errorf("in the end %c has %s, want %s", n.name, got, want)
		}
	}
}

// TestMergeOntoALostRecord: a document of which the record was lost is not begun anew by what
// comes from a peer that has not heard of it: whoever had the lost one would take it for removed (Law I).
func TestMergeOntoALostRecord(t *testing.T) {
	for name, x := range map[string]struct {
		others        int
		hashed, dirty bool
	}{
		"never hashed":                     {1, false, false},
		"hashed":                           {1, true, false},
		"beside a change":                  {1, true, true},
		"among many, hashed":               {600, true, false},
		"among many, changed since":        {600, true, true},
		"in place of the only one":         {0, false, false},
		"in place of the only one, hashed": {0, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, b, c := lossBase(t, x.others, x.hashed)
			want := `{"first":1,"other":2}`
			if x.dirty {
				a.write(t, "people", change{key: "k", json: `{"first":1,"third":3}`})
				want = `{"first":1,"other":2,"third":3}`
			}
			if x.dirty && x.others < 10 {
				a.write(t, "people", change{key: "j0000", json: `5`})
			}
			b.pull(t, "people", a)
			damage(t, a, "dpeople\x00k", drop)
			refusedThenHealed(t, a, b, c, want)
		})
	}
}

// TestMergeOntoAnEarlierRecord: nor is one on which an earlier record is back, be it with its earlier entry of the index.
func TestMergeOntoAnEarlierRecord(t *testing.T) {
	for _, entries := range []bool{false, true} {
		a, b, c := lossBase(t, 1, false)
		var was []byte
		damage(t, a, "dpeople\x00k", func(_ storage.Tx, item storage.Item) error { was = item.Value; return nil })
		old := entriesOf(t, a, "people", "k")
		a.write(t, "people", change{key: "k", json: `{"first":1,"third":3}`})
		b.pull(t, "people", a)
		now := entriesOf(t, a, "people", "k")
		under(t, a, func(tx storage.Tx) error {
			err := tx.Set([]byte("dpeople\x00k"), was)
			if entries {
				err = errors.Join(err, tx.Set(old[0].Key, old[0].Value), tx.Delete(now[0].Key))
			}
			return err
		})
		refusedThenHealed(t, a, b, c, `{"first":1,"other":2,"third":3}`)
	}
}

// TestWordOntoAnEarlierRecord: who says that a document is not there, and has counted it, makes nobody vouch for an
// earlier record of it.
func TestWordOntoAnEarlierRecord(t *testing.T) {
	a, _, _ := lossBase(t, 1, false)
	rec, err := a.Get("people", "k")
	if err != nil {
		t.Fatal(err)
	}
	was := rec.Heads[0]
	var old []byte
	damage(t, a, "dpeople\x00k", func(_ storage.Tx, item storage.Item) error { old = item.Value; return nil })
	a.write(t, "people", change{key: "k", json: `{"first":1,"third":3}`})
	damage(t, a, "dpeople\x00k", func(tx storage.Tx, item storage.Item) error { return tx.Set(item.Key, old) })
	f := storage.Frame{From: "k", To: "k\x00", Vector: vector(was.Replica, was.Counter), Forgotten: vector(was.Replica, 1),
		Documents: []storage.FrameDocument{{Key: "k"}}}
	if m, err := a.tryMerge("people", f); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("%+v, %v", m, err)
	}
}

// BenchmarkMergeNew merges documents that are new, a frame of them at a time, all over a collection of 20,000 that is hashed.
func BenchmarkMergeNew(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			onStores(b, func(b *testing.B, s storage.Store) {
				a := &node{name: 'a', Documents: benchOpen(b, s)}
				var cs []change
				for i := range 20_000 {
					if cs = append(cs, change{key: fmt.Sprintf("k%05d", i), json: `{"name":"somebody","age":7}`}); len(cs) == 500 {
						a.write(b, "people", cs...)
						cs = cs[:0]
					}
				}
				a.hash(b, "people")
				c := newNode(b, 'c')
				known := c.knowledge(b, "people")
				for i := 0; b.Loop(); i++ {
					b.StopTimer()
					cs = cs[:0]
					for j := range n {
						cs = append(cs, change{key: fmt.Sprintf("k%05d+%d", (i*n+j)*7919%20_000, i), json: `{"name":"somebody"}`})
					}
					c.write(b, "people", cs...)
					fs := c.frames(b, "people", known, n)
					known = c.knowledge(b, "people")
					if i%50 == 0 {
						a.hash(b, "people")
					}
					b.StartTimer()
					for _, f := range fs {
						a.merge(b, "people", f)
					}
				}
			})
		})
	}
}
