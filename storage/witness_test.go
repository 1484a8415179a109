package storage_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// A witness counts, is signed, travels in a frame without documents, and leaves
// nothing behind that a check would find.
func TestWitness(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "c", change{key: "k", json: `1`})
	var d crdt.Dot
	take := func(b *storage.Batch) (err error) { d, err = b.Witness("c", 9); return err }
	if err := a.Update(take); err != nil {
		t.Fatal(err)
	}
	a.write(t, "c", change{key: "l", json: `2`})
	if d.Replica != a.Replica() || d.Counter == 0 {
		t.Errorf("took %s", d)
	}
	v, err := a.View("c")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	vector, _ := v.Knowledge().Whole()
	head, ok, err := v.SignedHead(a.Replica())
	if err != nil || !ok || !vector.Has(crdt.Dot{Replica: d.Replica, Counter: d.Counter + 1}) {
		t.Fatalf("%s after %s, signed %s: %v", vector, d, head, err)
	}
	err = b.Update(func(b *storage.Batch) error {
		m, err := b.Merge("c", storage.Frame{Vector: crdt.Counters{d.Replica: d.Counter}.Vector(), Heads: []crdt.SignedHead{head}})
		if !m.Raised || len(m.Changed) > 0 {
			t.Errorf("merged %+v", m)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := a.VerifyRange("c", "", ""); len(found) > 0 || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	if err := a.Update(func(b *storage.Batch) error { _, err := b.Witness("C", 1); return err }); err == nil {
		t.Error("a collection of no name has a witness")
	}
}
