package crdt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// dispute is a join of contents of which one, or each, was repaired, and the
// other side has not heard of it.
//
// A repair unites contents that ought to have been equal. Nobody can tell any
// more of what only one of them had, whether the others had seen it removed or had
// lost it, so all of it is alive: who has not heard of the repair says nothing
// about what was united by counting it. And what such a side holds, though it had
// seen all that was repaired, and the repair, which had counted it, knew nothing of
// it, was in a content that the repair has not looked at: it is rescued. Whoever
// joins vouches for it (see Vouch), so that it is united everywhere.
//
// What a repair has seen alive, and is gone on its side, was removed since. Of
// the counts of one replica in a counter the last one holds.
type dispute struct {
	all         bool   // everything is alive: this is the repair
	left, right []mark // which that side has, and the other has not seen
	marks       []Dot  // of all marks of both sides
	rescued     []Dot
}

// disputed is the dispute between two sides; nil, as nearly always, if there is none.
func disputed(a, b *node, ca, cb VersionVector) *dispute {
	marks := slices.Concat(a.kindEntries(KindRepair), b.kindEntries(KindRepair))
	if len(marks) == 0 {
		return nil
	}
	x := &dispute{left: a.marks(cb), right: b.marks(ca)}
	if len(x.left)+len(x.right) == 0 {
		return nil
	}
	for _, e := range marks {
		x.marks = append(x.marks, e.Dot)
	}
	return x
}

// standsOff reports whether each side has seen the latest changes of the other: then
// both ought to hold the same, but for what either has forgotten that was removed.
func (s State) standsOff(o State) bool {
	seen := func(v VersionVector, heads []Dot) bool {
		return len(heads) > 0 && !slices.ContainsFunc(heads, func(d Dot) bool { return !v.Has(d) })
	}
	return seen(s.Context, o.Heads) && seen(o.Context, s.Heads)
}

// saidRemoved is what o says of the dots of s that it has not: it has seen them removed. In a standoff both have
// seen the same, so that is only what o has forgotten: a removal that is forgotten is in the past of no
// head, and who has not seen it may hold what it took away.
func (s State) saidRemoved(o State, standoff bool) VersionVector {
	switch {
	case !standoff:
		return o.Context
	case s.Context.Covers(o.Forgotten):
		return VersionVector{}
	}
	return o.Forgotten
}

// without is what s holds in a standoff: all that it has, but for dots that o has not, and has forgotten. Under the
// dots of a replica of which a copy has written here, that may have been of another continuation: it says nothing.
func (s State) without(o State) (d *Document, changed bool, err error) {
	x, y := s.Document.orEmpty(), o.Document.orEmpty()
	removed := s.saidRemoved(o, true)
	switch {
	case removed.Len() == 0:
		return x, false, nil
	case y.partial: // nobody can tell what it lacks
		return x, false, &PathError{"", fmt.Errorf("%w: to merge what was forgotten", ErrNeedsWhole)}
	}
	_, forged, err := union(&x.root, &y.root)
	switch {
	case errors.Is(err, text.ErrOverlap), errors.Is(err, ErrMalformed): // a copy has written in a text
		return x, false, nil
	case err != nil:
		return x, false, err
	}
	kept, copies := map[Dot]bool{}, map[ReplicaID]bool{}
	for d := range y.Dots() {
		kept[d] = true
	}
	for _, d := range forged {
		copies[d.Replica] = true
	}
	gone := func(d Dot) bool { return removed.Has(d) && !kept[d] && !copies[d.Replica] }
	j := join{right: lens{seen: gone}, work: text.MaxWork}
	root, same := j.node(&x.root, &node{})
	if same.left || j.err != nil {
		return x, false, j.err
	}
	if root.onlyMarks() {
		root = node{}
	}
	return newDocument(root, len(x.raw)), true, nil
}

func (x *dispute) keepsLeft(d Dot) bool {
	return x != nil && (x.all || x.keeps(d, x.left, x.right))
}

func (x *dispute) keepsRight(d Dot) bool {
	return x != nil && (x.all || x.keeps(d, x.right, x.left))
}

// keeps reports whether what one side has, and the other counts and has not, is
// alive. mine and theirs are the marks of that side and of the other.
func (x *dispute) keeps(d Dot, mine, theirs []mark) bool {
	for i := range mine {
		if mine[i].united.has(d) {
			return true
		}
	}
	missed := false
	for i := range theirs {
		m := &theirs[i]
		if m.united.has(d) {
			return false
		}
		missed = missed || m.known && m.seen.Has(d)
	}
	if !missed || slices.Contains(x.marks, d) {
		return false
	}
	x.rescued = append(x.rescued, d)
	return true
}

// settle takes from the joined entries of a node what is alive only because it was
// in dispute and is no content of its own: the counts of a replica that has counted on,
// and heads of a text that are before others.
func (x *dispute) settle(n *node, a, b []entry) {
	n.entries = slices.DeleteFunc(slices.Clone(n.entries), func(e entry) bool {
		return overtaken(e, a, b) || overtaken(e, b, a)
	})
	p := n.text()
	if p == nil || p.partial || p.graph == "" {
		return
	}
	t, err := p.read()
	if err != nil {
		return // whoever reads it will say so
	}
	heads := t.Frontier()
	n.entries = slices.DeleteFunc(n.entries, func(e entry) bool {
		return e.isHead() && !slices.Contains(heads, eventID(e.Dot))
	})
}

// overtaken reports whether e is a count that only one side has, and the other has a
// later one of the same replica.
func overtaken(e entry, have, other []entry) bool {
	if e.Kind != KindCounter || e.Value == valueNull || !slices.Contains(have, e) || slices.Contains(other, e) {
		return false
	}
	return slices.ContainsFunc(other, func(o entry) bool {
		return o.Kind == KindCounter && o.Value != valueNull && o.Dot.Replica == e.Dot.Replica && o.Dot.Counter > e.Dot.Counter
	})
}

// left over are those rescued dots that are alive in the outcome.
func (x *dispute) leftOver(root *node) (dots []Dot) {
	if x == nil || len(x.rescued) == 0 {
		return nil
	}
	alive := lookupDots(root.dots())
	for _, d := range x.rescued {
		if alive(d) {
			dots = append(dots, d)
		}
	}
	slices.SortFunc(dots, Dot.Compare)
	return slices.Compact(dots)
}
