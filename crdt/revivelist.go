package crdt

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
	"github.com/crdtstore/crdtstore/crdt/text"
)

// items unites the elements of two lists, by their origins. An element keeps the
// places that both sides have; one without any is put, under a new dot, where it
// is.
func (m *mending) items(a, b []item) ([]item, error) {
	if len(a) == 0 && len(b) == 0 {
		return nil, nil
	}
	var t position.Table
	all, inB, paired := make([]item, 0, len(a)+len(b)), pairs(a, b, &t), make([]bool, len(b))
	again := map[position.Position]bool{} // by origin: no place is on both sides
	add := func(x, y *item) error {
		it, kept := unitePlaces(x, y, &t)
		again[it.origin] = !kept
		n, err := m.node(&x.node, &y.node)
		it.node = n
		all = append(all, it)
		return err
	}
	for i := range a {
		y := &item{}
		if k := inB[i]; k >= 0 {
			y, paired[k] = &b[k], true
		}
		if err := add(&a[i], y); err != nil {
			return nil, err
		}
	}
	for k := range b {
		if paired[k] {
			continue
		}
		if err := add(&item{}, &b[k]); err != nil {
			return nil, err
		}
	}
	sortItems(all)
	m.place(all, again)
	all = slices.DeleteFunc(all, func(it item) bool { return len(it.places) == 0 && it.node.empty() })
	sortItems(all)
	return all, nil
}

// place gives the elements a new place where they stand.
func (m *mending) place(all []item, again map[position.Position]bool) {
	var before position.Position
	for i := range all {
		it := &all[i]
		if len(it.places) > 0 && again[it.origin] {
			var after position.Position
			if i+1 < len(all) {
				after = all[i+1].at()
			}
			it.places = []place{m.between(before, after)}
		}
		before = it.at()
	}
}

// unitePlaces are the places of an element that both sides have, or, if there are
// none, all of them.
func unitePlaces(a, b *item, t *position.Table) (it item, kept bool) {
	if it.origin = a.origin; it.origin.IsZero() {
		it.origin = b.origin
	}
	it.origin = t.Intern(it.origin)
	var all []place
	intern := func(p place) place { p.At = t.Intern(p.At); return p }
	for _, p := range a.places {
		p = intern(p)
		all = append(all, p)
		if slices.ContainsFunc(b.places, func(q place) bool { return intern(q) == p }) {
			it.places = append(it.places, p)
		}
	}
	if len(it.places) > 0 {
		return it, true
	}
	for _, q := range b.places {
		if q = intern(q); !slices.ContainsFunc(all, func(p place) bool { return p.Dot == q.Dot }) {
			all = append(all, q)
		}
	}
	slices.SortFunc(all, func(p, q place) int { return p.Dot.Compare(q.Dot) })
	it.places = all
	return it, false
}

// text unites two texts into n, which has all else.
func (m *mending) text(n *node, a, b *node) error {
	x, y := a.text(), b.text()
	if x != nil && x.is(y) && slices.Equal(a.kindEntries(KindText), b.kindEntries(KindText)) {
		n.entries = append(n.entries, a.kindEntries(KindText)...)
		n.seq = sequenceOf(n.items(), x)
		return nil
	}
	content, beside := uniteProse(x, y)
	n.seq = &sequence{items: n.items(), text: emptyProse}
	n.entries = append(n.entries, m.w.entry(KindText, valueNull))
	if content != "" {
		out, err := m.write(n, func(t *typing) error { return t.insert(0, content) })
		if err != nil {
			return err
		}
		*n = out
	}
	if beside != "" {
		value := Value(appendText(nil, beside))
		if !slices.ContainsFunc(n.entries, func(e entry) bool { return e.Kind == KindRegister && e.Value == value }) {
			n.entries = append(n.entries, m.w.entry(KindRegister, value))
		}
	}
	return nil
}

// uniteProse is what two texts say: together, if their events fit, else each.
func uniteProse(x, y *prose) (content, beside string) {
	switch {
	case x == nil:
		return y.content, ""
	case y == nil || x.content == y.content:
		return x.content, ""
	case x.smaller(y): // the same whoever repairs
		x, y = y, x
	}
	t, err := x.own()
	if err == nil {
		var d *text.Delta
		if d, err = y.delta(); err == nil {
			_, _, err = t.MergeWithin(d, text.MaxWork)
		}
	}
	if err == nil {
		return t.String(), ""
	}
	return x.content, y.content
}
