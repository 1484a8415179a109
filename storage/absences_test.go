package storage_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestHashingAfterAbsences: what others have forgotten leaves no head that says
// which leaves to hash. Only those are hashed, however many they are.
func TestHashingAfterAbsences(t *testing.T) {
	const documents, absent, budget = 6_000, 100, 20
	a, b := newNode(t, 'a'), newNode(t, 'b')
	var cs []change
	for i := range documents {
		cs = append(cs, change{key: fmt.Sprintf("%05d", i), json: `1`})
	}
	for len(cs) > 0 {
		n := min(len(cs), 1000)
		a.write(t, "c", cs[:n]...)
		cs = cs[n:]
	}
	b.pull(t, "c", a)
	b.hash(t, "c")
	for i := range absent {
		a.write(t, "c", change{key: fmt.Sprintf("%05d", i*59%documents)})
	}
	a.hash(t, "c")
	if a.forget(t, "c", a.knowledge(t, "c"), 1000) != absent {
		t.Fatal("not all were forgotten")
	}
	base, _ := b.knowledge(t, "c").Whole()
	vector, _ := a.knowledge(t, "c").Whole()
	f := storage.Frame{Base: base, Vector: vector, Forgotten: vector, Compared: crdt.Know(base), Heads: a.frames(t, "c", b.knowledge(t, "c"), 10)[0].Heads}
	for i := range documents {
		if key := fmt.Sprintf("%05d", i); func() bool { rec, _ := a.Get("c", key); return len(rec.Heads) == 0 }() {
			f.Documents = append(f.Documents, storage.FrameDocument{Key: key})
		}
	}
	if m := b.merge(t, "c", f); len(m.Changed) != absent {
		t.Fatalf("%d documents changed", len(m.Changed))
	}
	steps := 0
	for done := false; !done; steps++ {
		err := b.Update(func(b *storage.Batch) (err error) { done, err = b.HashTree("c", budget); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	if steps > 2+2*absent/budget {
		t.Errorf("%d steps of %d leaves for %d absences", steps, budget, absent)
	}
	if a.root(t, "c") != b.root(t, "c") {
		t.Error("another root")
	}
}
