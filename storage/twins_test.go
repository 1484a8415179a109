package storage_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// twins are two copies of one store, which do not know it, and wrote two documents each
// under the same dots, and a third peer that has all of the first.
func twins(t *testing.T) (first, second, third *node) {
	t.Helper()
	first, third = newNode(t, 'a'), newNode(t, 'c')
	first.write(t, "c", change{key: "base", json: `1`})
	second = &node{store: first.store.Kill(), name: 'a', rand: first.rand}
	second.open(t, storage.Options{})
	for i, key := range []string{"1", "2"} {
		first.write(t, "c", change{key: "first" + key, json: `{"n":0}`})
		second.write(t, "c", change{key: "second" + key, json: `{"n":1}`})
		if a, b := first.Replica(), second.Replica(); a != b {
			t.Fatalf("they know each other after %d writes", i)
		}
	}
	third.pull(t, "c", first)
	return first, second, third
}

// TestUnrecorded: documents that a copy wrote under dots which another used for something
// else are all named at once where they are counted, and taken once what is counted of
// them is given up.
func TestUnrecorded(t *testing.T) {
	_, second, third := twins(t)
	if err := second.Update(func(b *storage.Batch) error { return b.Renew() }); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"second1", "second2"} {
		second.write(t, "c", change{key: key, json: `{"n":1,"later":2}`})
	}
	f := second.frames(t, "c", third.knowledge(t, "c"), 1000)[0]
	_, err := third.tryMerge("c", f)
	var damaged *storage.DamagedError
	if !errors.As(err, &damaged) || len(damaged.Unrecorded) != 2 || damaged.Unrecorded[1] != "second2" {
		t.Fatalf("%v", err)
	}
	if found, err := third.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Fatalf("%v, %v", found, err)
	}
	for _, key := range damaged.Unrecorded {
		if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", key, key+"\x00") }); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
		third.merge(t, "c", f)
	}
	for _, key := range []string{"first1", "first2", "second1", "second2"} {
		if rec, err := third.Get("c", key); err != nil || !rec.Exists() {
			t.Errorf("%s: %+v, %v", key, rec, err)
		}
	}
}

// TestOneHeadOfTwoDocuments: where copies wrote two documents under one dot the index has
// room for one: the other is not damaged, and can be written on.
func TestOneHeadOfTwoDocuments(t *testing.T) {
	_, second, third := twins(t)
	third.write(t, "c", change{key: "own", json: `1`})
	if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", "second", "t") }); err != nil {
		t.Fatal(err)
	}
	for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
		third.merge(t, "c", f)
	}
	a, errA := third.Get("c", "first1")
	b, errB := third.Get("c", "second1")
	if errA != nil || errB != nil || len(a.Heads) != 1 || len(b.Heads) != 1 || a.Heads[0] != b.Heads[0] {
		t.Fatalf("heads %v and %v, %v, %v", a.Heads, b.Heads, errA, errB)
	}
	if found, err := third.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	for _, rec := range []storage.Record{a, b} {
		if err := third.Update(func(b *storage.Batch) error { return b.Listed("c", rec) }); err != nil {
			t.Error(err)
		}
	}
	for _, from := range []string{"", "g"} { // a peer that knows nothing is sent both
		if err := drained(t, third, crdt.Knowledge{}, from); err != nil {
			t.Errorf("drained from %q: %v", from, err)
		}
	}
	if err := third.Update(func(b *storage.Batch) error { return b.PutWholeState("c") }); err != nil {
		t.Fatal(err)
	}
	setFormat(t, third.store, 2)
	third.store = third.store.Kill()
	third.open(t, storage.Options{})
	if err := third.Enrol("c"); err != nil { // no sum is known
		t.Errorf("of format 3: %v", err)
	}
	entry := entriesOf(t, third, "c", "own")
	under(t, third, func(tx storage.Tx) error { return tx.Delete(entry[0].Key) })
	if err := drained(t, third, crdt.Knowledge{}, ""); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("with an entry lost: %v", err)
	}
}

// TestOldProofOfACopy: a head that another copy signed as an earlier incarnation says
// nothing of what was taken since.
func TestOldProofOfACopy(t *testing.T) {
	first, second, _ := twins(t)
	heads := second.frames(t, "c", crdt.Knowledge{}, 1000)[0].Heads
	known, _ := first.knowledge(t, "c").Whole()
	f := storage.Frame{Base: known, Vector: known, Heads: heads}
	if m := first.merge(t, "c", f); !m.Clone || !m.Renewed {
		t.Fatalf("%+v", m)
	}
	was := first.Replica()
	if m := first.merge(t, "c", f); m.Renewed || first.Replica() != was {
		t.Errorf("%+v", m)
	}
}
