package storage_test

import (
	"maps"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestSignedAhead: the signed heads that came ahead of the frames that count on
// them are told, of the collection that they are about, until these have come.
func TestSignedAhead(t *testing.T) {
	n, c := newNode(t, 'n'), newCrowd(40)
	f := c.all("people")
	want := map[crdt.ReplicaID]uint64{}
	for i := range 30 {
		want[c.id(i)] = 1
	}
	n.merge(t, "people", storage.Frame{Heads: f.Heads[:30]})
	told := func(coll string) map[crdt.ReplicaID]uint64 {
		got := map[crdt.ReplicaID]uint64{}
		v, err := n.View(coll)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if err := v.SignedAhead(func(r crdt.ReplicaID, counter uint64) { got[r] = counter }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := told("people"); !maps.Equal(got, want) {
		t.Errorf("%d heads are ahead, want %d", len(got), len(want))
	}
	for _, other := range []string{"peopl", "people2", "people.x"} {
		if got := told(other); len(got) > 0 {
			t.Errorf("%d heads are ahead in %s", len(got), other)
		}
	}
	n.merge(t, "people", f)
	if got := told("people"); len(got) > 0 {
		t.Errorf("%d heads are ahead of what is known", len(got))
	}
	n.merge(t, "people", storage.Frame{Heads: []crdt.SignedHead{c.write("people", 7)}})
	if got, want := told("people"), (map[crdt.ReplicaID]uint64{c.id(7): 2}); !maps.Equal(got, want) {
		t.Errorf("%v are ahead, want %v", got, want)
	}
}

// TestHeadBeyondVector: a head that signs for more than the vector which it came
// with is kept, also where the vector needs none: who sent it will not send it
// again for the frames behind.
func TestHeadBeyondVector(t *testing.T) {
	n, c := newNode(t, 'n'), newCrowd(3)
	f := c.all("people")
	n.merge(t, "people", f)
	next := c.write("people", 1)
	n.merge(t, "people", storage.Frame{Vector: f.Vector, Heads: []crdt.SignedHead{next}})
	v, err := n.View("people")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if h, ok, err := v.SignedHead(c.id(1)); err != nil || !ok || h.Counter != next.Counter {
		t.Errorf("signed up to %d, %v, %v, want %d", h.Counter, ok, err, next.Counter)
	}
}
