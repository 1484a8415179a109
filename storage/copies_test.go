package storage_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"pgregory.net/rapid"
)

// freshNonces never repeats, whatever store asks.
type freshNonces struct{ next uint64 }

func (n *freshNonces) Read(b []byte) (int, error) {
	n.next++
	h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n.next))
	return copy(b, h[:]), nil
}

// deed is one transaction over one document.
type deed struct {
	key           string
	made, removed dots
}

// copied is a store of the model: one of many that may have begun as one.
type copied struct {
	*storage.Documents
	store *memory.Store
	name  byte         // of the device key, which copies share
	has   map[int]bool // the deeds that it has incorporated
}

// copies is a model of stores that are copied, put back and restored again and again.
// Whoever is opened where it cannot be the only continuation of its past says so, as a
// node does; all else is up to the store.
type copies struct {
	t      *rapid.T
	nonces freshNonces
	stores []*copied
	saved  []*copied // backups: not open
	deeds  []deed
	taken  map[crdt.Dot]int // by which deed, or -1
	wrote  map[crdt.ReplicaID]bool
	clock  crdt.Timestamp
}

const copiesCollection = "c"

var copiesKeys = []string{"a", "b", "m"}

func (w *copies) open(c *copied, restored bool) {
	d, err := storage.OpenDocuments(c.store, storage.Options{Device: device(c.name), Rand: &w.nonces, Restored: restored})
	if err != nil {
		w.t.Fatalf("open: %v", err)
	}
	c.Documents = d
}

// copyOf is a copy of a store, as it is on the disk while it may be running.
func (c *copied) copyOf() *copied {
	return &copied{store: c.store.Kill(), name: c.name, has: maps.Clone(c.has)}
}

func (w *copies) knows(c *copied) crdt.Knowledge {
	v, err := c.View(copiesCollection)
	if err != nil {
		w.t.Fatalf("view: %v", err)
	}
	defer v.Close()
	return v.Knowledge()
}

// live are the live dots of a document, and its record.
func (w *copies) live(c *copied, key string) dots {
	rec, err := c.Get(copiesCollection, key)
	if err != nil {
		w.t.Fatalf("get %s: %v", key, err)
	}
	return liveDots(w.t, rec.Body)
}

// take notes that a store has taken the dots behind before.
func (w *copies) take(c *copied, before uint64, by int) {
	after := w.knows(c).Max().Counter(c.Replica())
	for n := before + 1; n <= after; n++ {
		d := crdt.Dot{Replica: c.Replica(), Counter: n}
		if other, twice := w.taken[d]; twice {
			w.t.Fatalf("%s is deed %d and %d", d, other, by)
		}
		w.taken[d], w.wrote[d.Replica] = by, true
	}
}

// write changes or removes a document.
func (w *copies) write(c *copied) {
	w.clock++
	key, json := rapid.SampledFrom(copiesKeys).Draw(w.t, "key"), ""
	if rapid.IntRange(0, 3).Draw(w.t, "remove") > 0 {
		json = rapid.SampledFrom([]string{`{"x":%d}`, `{"y":%d}`, `{"x":%[1]d,"y":1}`}).Draw(w.t, "json")
		json = fmt.Sprintf(json, w.clock)
	}
	was, before := w.live(c, key), w.knows(c).Max().Counter(c.Replica())
	if err := c.Update(func(b *storage.Batch) error {
		return writeIn(b, copiesCollection, w.clock, change{key: key, json: json})
	}); err != nil {
		w.t.Fatalf("write: %v", err)
	}
	is, d := w.live(c, key), deed{key, dots{}, dots{}}
	for x := range is {
		if !was[x] {
			d.made[x] = true
		}
	}
	for x := range was {
		if !is[x] {
			d.removed[x] = true
		}
	}
	w.take(c, before, len(w.deeds))
	c.has[len(w.deeds)] = true
	w.deeds = append(w.deeds, d)
}

// pull brings all that another store has.
func (w *copies) pull(c, from *copied) {
	as := &node{Documents: c.Documents, store: c.store, name: c.name}
	as.pull(w.t, copiesCollection, &node{Documents: from.Documents, store: from.store, name: from.name})
	maps.Copy(c.has, from.has)
	w.check(c)
}

// check compares a store with the deeds that it has incorporated: nothing is lost,
// nothing that was removed is there, and its vector has no entry of an
// incarnation that never wrote.
func (w *copies) check(c *copied) {
	want := map[string]dots{}
	for _, key := range copiesKeys {
		want[key] = dots{}
	}
	for i := range w.deeds {
		if c.has[i] {
			maps.Copy(want[w.deeds[i].key], w.deeds[i].made)
		}
	}
	for i := range w.deeds {
		if c.has[i] {
			for x := range w.deeds[i].removed {
				delete(want[w.deeds[i].key], x)
			}
		}
	}
	for key, dots := range want {
		if is := w.live(c, key); !is.equal(dots) {
			w.t.Fatalf("%s has %v, and should have %v", key, is, dots)
		}
	}
	for _, r := range w.knows(c).Max().Replicas() {
		if !w.wrote[r] {
			w.t.Fatalf("an entry of %s, which never wrote", r)
		}
	}
}

// step does one thing somewhere.
func (w *copies) step() {
	i := rapid.IntRange(0, len(w.stores)-1).Draw(w.t, "store")
	c := w.stores[i]
	switch rapid.SampledFrom([]string{"write", "write", "pull", "pull", "copy", "save", "restore", "put back", "restart", "renew", "witness"}).Draw(w.t, "do") {
	case "write":
		w.write(c)
	case "pull":
		if j := rapid.IntRange(0, len(w.stores)-1).Draw(w.t, "from"); j != i {
			w.pull(c, w.stores[j])
		}
	case "copy": // the original goes on, and need not know
		if len(w.stores) < 6 {
			n := c.copyOf()
			w.open(n, true)
			w.stores = append(w.stores, n)
		}
	case "save":
		w.saved = append(w.saved, c.copyOf())
	case "restore": // beside all that there is, any number of times
		if len(w.saved) > 0 && len(w.stores) < 6 {
			n := rapid.SampledFrom(w.saved).Draw(w.t, "saved").copyOf()
			w.open(n, true)
			w.stores = append(w.stores, n)
		}
	case "put back": // in the place of what came after it
		if len(w.saved) > 0 {
			n := rapid.SampledFrom(w.saved).Draw(w.t, "saved").copyOf()
			w.open(n, true)
			w.stores[i] = n
			w.check(n)
		}
	case "restart":
		if err := c.Close(); err != nil {
			w.t.Fatalf("close: %v", err)
		}
		w.open(c, false)
	case "renew":
		if err := c.Update((*storage.Batch).Renew); err != nil {
			w.t.Fatalf("renew: %v", err)
		}
	case "witness":
		before := w.knows(c).Max().Counter(c.Replica())
		err := c.Update(func(b *storage.Batch) error {
			_, err := b.Witness(copiesCollection, w.clock)
			return err
		})
		if err != nil {
			w.t.Fatalf("witness: %v", err)
		}
		w.take(c, before, -1)
	}
}

// TestCopiesShareNoDot copies, restores and puts back stores at random, which drop their
// incarnation where it never wrote, also where a copy of it did, and where that has come back
// to them. No dot is used twice, nothing is lost that a store that is left had, nothing comes back, and
// vectors have entries only of those that wrote.
func TestCopiesShareNoDot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &copies{t: t, taken: map[crdt.Dot]int{}, wrote: map[crdt.ReplicaID]bool{}}
		for _, name := range "ab" {
			c := &copied{store: memory.New(), name: byte(name), has: map[int]bool{}}
			w.open(c, false)
			w.stores = append(w.stores, c)
		}
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			w.step()
		}
		for range 2 {
			for i := range w.stores {
				for j := range w.stores {
					if i != j {
						w.pull(w.stores[i], w.stores[j])
					}
				}
			}
		}
		for _, c := range w.stores[1:] {
			if x, y := w.knows(w.stores[0]), w.knows(c); !x.Equal(y) {
				t.Fatalf("knowledge %v and %v", x, y)
			}
		}
	})
}
