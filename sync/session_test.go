package antientropy

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

func TestFirstContactBothWays(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(20, "ann", "bob")
	b.collection("people").put(20, "cid")
	b.collection("places").put(20, "rome")
	p := newPair(t, a, b).start().settle()
	p.same("people")
	p.same("places")
	t.Log("\n" + p.story)
}

// TestEqualPeersBytes counts what two equal peers say about a collection.
func TestEqualPeersBytes(t *testing.T) {
	for _, writers := range []int{1, 10_000} {
		for _, name := range []string{"people", "a-collection-with-the-longest-name-that-is-allowed-0123456789abc"} {
			t.Run(fmt.Sprintf("%d writers of %d letters", writers, len(name)), func(t *testing.T) {
				a, b := newFake("A"), newFake("B")
				empty := newPair(t, a, b).start().settle().tick(10e9).settle().bytes
				v := crdt.VersionVector{}
				for i := range writers {
					v.Set(crdt.ReplicaID{1, byte(i), byte(i >> 8)}, uint64(i+1))
				}
				for _, f := range []*fake{a, b} {
					c := f.collection(name)
					c.know = crdt.Know(v)
					c.hashed = &c.know
				}
				p := newPair(t, a, b).start()
				first := len(p.sides[0].inbox) + len(p.sides[1].inbox)
				p.settle().tick(10e9).settle()
				if extra := first - 4; extra != 0 {
					t.Errorf("%d messages at the start", first)
				}
				for _, s := range p.sides {
					if got := s.session.Status()[0].Phase; got != PhaseConverged {
						t.Errorf("%s is %s", s.name, got)
					}
				}
				bytes := p.bytes - empty
				t.Logf("%d bytes", bytes)
				if bytes > 256 {
					t.Errorf("%d bytes, at most 256", bytes)
				}
			})
		}
	}
}
