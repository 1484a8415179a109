package storage_test

import "testing"

// TestForgottenComesWithDocuments: what the sender has forgotten need not be in the past of the heads of a document
// that it sends; so who merges it counts that as forgotten too, although it has seen it before.
func TestForgottenComesWithDocuments(t *testing.T) {
	a, r := newNode(t, 'a'), newNode(t, 'r')
	a.write(t, "c", change{key: "x", json: `1`}, change{key: "y", json: `1`})
	a.write(t, "c", change{key: "y"})
	r.pull(t, "c", a)
	a.hash(t, "c")
	if a.forget(t, "c", a.knowledge(t, "c"), 10) != 1 {
		t.Fatal("nothing was forgotten")
	}
	forgotten := a.forgotten(t, "c").At("x")
	if forgotten.Len() == 0 || !r.knowledge(t, "c").At("x").Covers(forgotten) {
		t.Fatalf("%v is forgotten", forgotten)
	}
	a.write(t, "c", change{key: "x", json: `2`})
	f := a.frames(t, "c", r.knowledge(t, "c"), 10)[0]
	f.Forgotten = forgotten
	if m := r.merge(t, "c", f); len(m.Changed) != 1 {
		t.Fatalf("%+v", m)
	}
	if got := r.forgotten(t, "c").At("x"); !got.Covers(forgotten) {
		t.Errorf("%v is forgotten, want %v", got, forgotten)
	}
}
