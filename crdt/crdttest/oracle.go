package crdttest

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// operation is one transaction: what it wrote, and what of that which it had
// seen it removed.
type operation struct {
	head    crdt.Dot
	seen    []crdt.Dot // the heads of the operations that it knew of
	wrote   []crdt.Entry
	removed []crdt.Dot
}

func newOperation(before, after *crdt.Document, head crdt.Dot, seen []crdt.Dot) operation {
	op := operation{head: head, seen: seen}
	had, has := map[crdt.Dot]bool{}, map[crdt.Dot]bool{}
	for d := range before.Dots() {
		had[d] = true
	}
	for e := range after.Entries() {
		has[e.Dot] = true
		if !had[e.Dot] {
			op.wrote = append(op.wrote, e)
		}
	}
	for d := range had {
		if !has[d] {
			op.removed = append(op.removed, d)
		}
	}
	return op
}

// outcome is what must be alive, and the heads, once a set of operations has
// been heard of: everything written that none of them removed, and the
// operations that none of the others had seen.
func outcome(all []operation, heard map[int]bool) (live map[crdt.Dot]crdt.Entry, heads []crdt.Dot) {
	live = map[crdt.Dot]crdt.Entry{}
	superseded := map[crdt.Dot]bool{}
	for i := range heard {
		for _, e := range all[i].wrote {
			live[e.Dot] = e
		}
		for _, d := range all[i].seen {
			superseded[d] = true
		}
	}
	for i := range heard {
		for _, d := range all[i].removed {
			delete(live, d)
		}
		if !superseded[all[i].head] {
			heads = append(heads, all[i].head)
		}
	}
	slices.SortFunc(heads, crdt.Dot.Compare)
	return live, heads
}
