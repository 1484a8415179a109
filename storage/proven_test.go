package storage_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// TestLostAsWritten: of a document that exists and whose record a disk has lost it is never
// said that it is absent, whatever was missed, written and hashed before, and what was never there
// is no damage (Law I). The oracle is the set of keys that were written.
func TestLostAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newNode(t, 'a')
		there := map[string]bool{}
		anyKey := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("%03d", rapid.IntRange(0, 300).Draw(t, "key")) })
		misses := func() {
			for i := range 301 {
				key := fmt.Sprintf("%03d", i)
				if there[key] {
					continue
				}
				if err := a.Lost("people", key); err != nil {
					t.Fatalf("%s was never there: %v", key, err)
				}
			}
		}
		for step := range rapid.IntRange(1, 5).Draw(t, "steps") {
			var cs []change
			for _, key := range rapid.SliceOfNDistinct(anyKey, 1, 60, rapid.ID[string]).Draw(t, "changes") {
				c := change{key: key, json: fmt.Sprint(step)}
				if there[key] && rapid.Bool().Draw(t, "delete") {
					c.json = ""
				}
				there[key] = c.json != ""
				cs = append(cs, c)
			}
			a.write(t, "people", cs...)
			if rapid.Bool().Draw(t, "miss before hashing") {
				misses()
			}
			a.hash(t, "people")
			if rapid.Bool().Draw(t, "miss") {
				misses()
			}
			for _, key := range rapid.SliceOfN(rapid.SampledFrom(slices.Sorted(maps.Keys(there))), 1, 8).Draw(t, "lost") {
				var was []byte
				at := "dpeople\x00" + key
				damage(t, a, at, func(tx storage.Tx, item storage.Item) error {
					was = append([]byte(nil), item.Value...)
					return tx.Delete([]byte(at))
				})
				if err := a.Lost("people", key); there[key] && !errors.Is(err, storage.ErrDamaged) { // of a removal it may be said or not
					t.Fatalf("the record of %s was lost, which is there: %t; %v", key, there[key], err)
				}
				if err := a.store.Update(func(tx storage.Tx) error { return tx.Set([]byte(at), was) }); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// TestMissedOnce: a second document that is missed in the same leaf takes no look at the
// tree, until the collection changes.
func TestMissedOnce(t *testing.T) {
	a := newNode(t, 'a')
	store := &looks{Store: a.store}
	d, err := storage.OpenDocuments(store, storage.Options{Device: device('a'), Rand: &nonces{name: 'b'}})
	if err != nil {
		t.Fatal(err)
	}
	a.Documents = d
	var cs []change
	for i := range 200 {
		cs = append(cs, change{key: fmt.Sprintf("%03d", i), json: `1`})
	}
	a.write(t, "people", cs...)
	a.hash(t, "people")
	missAll := func() (n int) {
		store.snapshots = 0
		for i := range 200 {
			for _, more := range []string{"+", "-", "."} {
				if err := a.Lost("people", fmt.Sprintf("%03d%s", i, more)); err != nil {
					t.Fatal(err)
				}
			}
		}
		return store.snapshots
	}
	first := missAll()
	if first == 0 || first > 60 {
		t.Errorf("%d looks at some 13 leaves", first)
	}
	if again := missAll(); again > 0 {
		t.Errorf("%d looks at what is known", again)
	}
	had := a.ProvenSize()
	a.write(t, "people", change{key: "100", json: `2`})
	if now := a.ProvenSize(); now != 0 || had == 0 {
		t.Errorf("%d bytes of leaves are remembered, %d of which are of no use", had, now)
	}
	a.hash(t, "people")
	if again := missAll(); again != first {
		t.Errorf("%d looks after a change, %d before", again, first)
	}
}

// looks counts the snapshots that are taken.
type looks struct {
	storage.Store
	snapshots int
}

func (l *looks) Snapshot() (storage.Snapshot, error) {
	l.snapshots++
	return l.Store.Snapshot()
}
