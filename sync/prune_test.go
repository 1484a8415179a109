package antientropy

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestPruneKeepsOwnWritesComing: a link that was pruned once brings what was
// written at its other end at once, and only announces what comes from elsewhere:
// nobody else can have brought it. It announces everything when it was pruned again.
func TestPruneKeepsOwnWritesComing(t *testing.T) {
	a, b, x := newFake("A"), newFake("B"), newFake("X")
	people := a.collection("people")
	people.put(10, "ann")
	p := newPair(t, a, b).start().settle()
	there := func(key string) bool { return b.collection("people").docs[key].live != nil }
	prune := func(key string) { // the next frame is answered with a prune, whatever it brings
		p.sides[1].session.collections["people"].lazy.credit = -1000
		people.put(10, key)
		p.changed(0, "people").settle()
	}
	prune("bob")
	if level := p.sides[0].session.collections["people"].lazy.level; level != ownOnly {
		t.Fatalf("level %d after one prune", level)
	}
	people.put(10, "cid")
	if p.changed(0, "people").settle(); !there("cid") {
		t.Error("what was written at the other end is held back")
	}
	elsewhere := x.collection("people")
	elsewhere.put(10, "dan")
	d := elsewhere.docs["dan"]
	people.merge(Frame{Vector: elsewhere.know.Max(), Heads: []crdt.SignedHead{elsewhere.sign()}, Documents: []Document{{Key: "dan", Heads: d.heads, Body: d.body()}}})
	if p.changed(0, "people").settle(); there("dan") {
		t.Error("what was written elsewhere is not held back")
	}
}
