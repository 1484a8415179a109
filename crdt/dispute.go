package crdt

import "slices"

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
// both ought to hold the same. A removal that one side has forgotten is in the past of
// no head: who has not seen that may hold what it took away.
func (s State) standsOff(o State) bool {
	seen := func(v VersionVector, heads []Dot) bool {
		return len(heads) > 0 && !slices.ContainsFunc(heads, func(d Dot) bool { return !v.Has(d) })
	}
	return seen(s.Context, o.Heads) && seen(o.Context, s.Heads) &&
		s.Context.Covers(o.Forgotten) && o.Context.Covers(s.Forgotten)
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
