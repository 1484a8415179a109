package crdt_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// FuzzParsePointer: a path into a document is read as what is written the same.
func FuzzParsePointer(f *testing.F) {
	for _, s := range []string{"", "/", "/a/0", "/~0~1", "/~2", "a", "//"} {
		f.Add(s)
	}
	barrage.Fuzz(f, func(t *testing.T, s string) {
		alloc.Bounded(t, len(s), func() { _, _ = crdt.ParsePointer(s) })
		p, err := crdt.ParsePointer(s)
		if err != nil {
			if !errors.Is(err, crdt.ErrPointer) {
				t.Fatal(err)
			}
			return
		}
		if p.String() != s {
			t.Errorf("%q is written as %q", s, p)
		}
	})
}

// FuzzParseReplicaID: the name of a replica.
func FuzzParseReplicaID(f *testing.F) {
	f.Add(crdt.ReplicaID{1, 2, 3}.Hex())
	f.Add("zz")
	barrage.Fuzz(f, func(t *testing.T, s string) {
		alloc.Bounded(t, len(s), func() { _, _ = crdt.ParseReplicaID(s) })
		if r, err := crdt.ParseReplicaID(s); err == nil {
			if again, err := crdt.ParseReplicaID(r.Hex()); err != nil || again != r {
				t.Errorf("%q reads as %s, %v", s, r, err)
			}
		}
	})
}
