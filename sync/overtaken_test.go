package antientropy

import "testing"

// TestNotOvertakenByOneself: between the announcement of a collection and the
// knowledge that the peer shows, a change made here may have reached the peer by
// way of others. That is no proof of another continuation.
func TestNotOvertakenByOneself(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	b.collection("people") // empty
	p := newPair(t, a, b).start()
	for p.deliver(0) { // b announces something else: a shows what it knows
	}
	a.collection("people").put(10, "cid")
	copyTo(a, b, "people") // over a third peer, before b shows what it knows
	p.settle()
	for i, s := range p.sides {
		for _, o := range s.events {
			if o, ok := o.(Overtaken); ok {
				t.Errorf("side %d: %+v", i, o)
			}
		}
	}
}
