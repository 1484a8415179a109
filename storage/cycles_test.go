package storage_test

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// TestManyRestores puts a store back, or copies it, again and again. An incarnation
// that has never written leaves nothing; one that has leaves an entry of each
// vector, a signed head, and an own counter, which are counted here.
func TestManyRestores(t *testing.T) {
	device := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	for _, c := range []struct{ cycles, every int }{{1000, 0}, {1000, 10}, {1000, 1}} { // of every so many incarnations one writes; 0: none
		cycles, every := c.cycles, c.every
		if testing.Short() && every == 1 { // each counts what all before it have
			cycles /= 10
		}
		t.Run(fmt.Sprintf("%d times, one in %d writes", cycles, every), func(t *testing.T) {
			s, wrote := memory.New(), 0
			for i := range cycles {
				d, err := storage.OpenDocuments(s, storage.Options{Device: device, Restored: i > 0})
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 || every > 0 && i%every == 0 {
					wrote++
					err := d.Update(func(b *storage.Batch) error {
						_, err := b.Witness("c", crdt.Timestamp(i+1))
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				if i < cycles-1 {
					if err := d.Close(); err != nil {
						t.Fatal(err)
					}
					continue
				}
				v, err := d.View("c")
				if err != nil {
					t.Fatal(err)
				}
				known := v.Knowledge()
				if n := known.Max().Len(); n != wrote {
					t.Errorf("%d entries after %d incarnations, %d of which have written", n, cycles, wrote)
				}
				total, largest := 0, map[byte]int{}
				err = s.View(func(r storage.Reader) error {
					for item, err := range r.Scan(storage.ScanOptions{}) {
						if err != nil {
							return err
						}
						total += len(item.Key) + len(item.Value)
						largest[item.Key[0]] = max(largest[item.Key[0]], len(item.Value))
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				names := func(b []byte, r crdt.ReplicaID) []byte { return append(b, 0, 0) }
				t.Logf("%d wrote: store of %d bytes, largest record of each key space %v; first contact shows %d bytes, numbered %d",
					wrote, total, largest, len(known.AppendDifference(nil, crdt.Knowledge{}, func(b []byte, r crdt.ReplicaID) []byte { return append(b, r[:]...) })),
					len(known.AppendDifference(nil, crdt.Knowledge{}, names)))
				if perWritten := total / wrote; every > 0 && perWritten > 400 {
					t.Errorf("%d bytes for each incarnation that has written", perWritten)
				}
				if every == 0 && total > 2000 {
					t.Errorf("%d bytes after incarnations that have not written", total)
				}
				if err := v.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestLeftIncarnationCounts: why the entry of an incarnation that was left stays in the vectors
// once it has written. What it has written and a later one has removed comes back, from a peer that was away, to whoever has dropped
// the entry, although all changes that were ever made are counted by those that know of it.
func TestLeftIncarnationCounts(t *testing.T) {
	a, away := newNode(t, 'a'), newNode(t, 'c')
	left := a.Replica()
	a.write(t, "c", change{key: "k", json: `{"x":1}`})
	away.pull(t, "c", a)
	a.open(t, storage.Options{Restored: true})
	if a.Replica() == left {
		t.Fatal("no new incarnation")
	}
	a.write(t, "c", change{key: "k"}) // removed
	for _, folded := range []bool{false, true} {
		b := newNode(t, 'b')
		for _, f := range a.frames(t, "c", crdt.Knowledge{}, 3) {
			if folded {
				v := crdt.Counters{a.Replica(): f.Vector.Counter(a.Replica())}.Vector()
				f.Vector, f.Heads = v, signedHeads(t, a.view(t, "c"), v)
			}
			b.merge(t, "c", f)
		}
		b.pull(t, "c", away)
		rec, err := b.Get("c", "k")
		if err != nil {
			t.Fatal(err)
		}
		if back := len(rec.Body) > 0; back != folded {
			t.Errorf("entry dropped: %v; what was removed is back: %v", folded, back)
		}
	}
}
