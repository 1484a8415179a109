package antientropy

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestHeadsOverALinkThatBreaks: connections break when they have carried a part
// of the signed heads of many writers. What a connection has brought is not
// brought again by the next, although the peer knows no more than before.
func TestHeadsOverALinkThatBreaks(t *testing.T) {
	const budget = 160 << 10
	all := writers(3_000)
	a, b := newFake("A"), newFake("B")
	a.knowing(all)
	a.collection("people").put(20, "ann")
	b.collection("people").put(20, "bob")
	carried, held := 0, 0
	for connections := 1; ; connections++ {
		p := newPair(t, a, b).muted()
		done := p.start().carry(budget)
		carried += p.bytes
		now := len(b.collection("people").heads)
		if done {
			p.same("people")
			t.Logf("%d connections, %d bytes in all", connections, carried)
			if carried > 3_000*(headBytes+24)*3/2 {
				t.Errorf("%d bytes were carried", carried)
			}
			return
		}
		if now == held {
			t.Fatalf("connection %d brought nothing, %d heads are there", connections, held)
		}
		held = now
	}
}

// TestHeadsThatAreThere: of the heads that are due only those go that the peer
// does not hold as they are; what it holds of others does not matter.
func TestHeadsThatAreThere(t *testing.T) {
	all := writers(1_200)
	a, b := newFake("A"), newFake("B")
	a.knowing(all)
	for _, w := range all[:1_000] { // came before, from here or from elsewhere
		b.collection("people").heads[w.id] = w.collection("people").sign()
	}
	b.collection("people").put(20, "bob")
	for _, w := range all[500:510] { // wrote again since
		w.collection("people").counter++
		a.collection("people").heads[w.id] = w.collection("people").sign()
		a.collection("people").know = a.collection("people").know.Merge(crdt.Know(crdt.Counters{w.id: 2}.Vector()))
	}
	heads := 0
	p := newPair(t, a, b).muted()
	p.sides[1].onMerge = func(m Merge) { heads += len(m.Frame.Heads) }
	p.start().settle().same("people")
	if least := 200 + 10; heads < least || heads > least*(1+headsOfBucket) {
		t.Errorf("%d heads were sent, of which %d were missing", heads, least)
	}
	t.Logf("%d heads of %d", heads, len(all))
}

// TestHeldUnasked: an answer that nobody has asked for, or of another size, ends
// the session, and so does an absurd question.
func TestHeldUnasked(t *testing.T) {
	for _, m := range []message{
		&held{Collection: "people", Hashes: make([]byte, bucketHash)},
		&due{Collection: "people"},
		&due{Collection: "people", Buckets: 1 << 40},
		&due{Collection: "places", Buckets: 1},
	} {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann")
		p := newPair(t, a, b).start().settle()
		message, err := p.sides[1].session.speak.encode(m)
		if err != nil {
			t.Fatal(err)
		}
		p.sides[0].inbox = append(p.sides[0].inbox, message)
		p.settle()
		if p.sides[0].closed == nil || !p.sides[0].closed.Reason.Violation() {
			t.Errorf("%s: %v", m, p.sides[0].closed)
		}
	}
}
