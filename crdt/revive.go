package crdt

import (
	"fmt"
	"slices"
)

// Revive is the union of two contents of one document, of which the second was
// taken out of the world and its dots with it: what only one of them has is written
// again, under new dots; what both have stays as it is.
//
// Of registers all values stay, as a conflict if they differ; of sets, maps and
// lists all elements; of a counter, what each replica has counted last. Texts of
// which the events fit together become one; of others one is the text, and the
// other's words are kept beside it, as a conflict of types. Either way their
// history begins anew.
//
// changed is false if the contents are equal: then w has taken no dot. It fails
// with ErrNeedsWhole if one is partial, ErrTooLarge if the union has more than
// MaxMerged bytes or MaxMergedElements, ErrOverflow.
func Revive(w *Writer, a, b *Document) (d *Document, changed bool, err error) {
	a, b = a.orEmpty(), b.orEmpty()
	if a.partial || b.partial {
		return a, false, &PathError{"", fmt.Errorf("%w: to revive", ErrNeedsWhole)}
	}
	if string(a.raw) == string(b.raw) {
		return a, false, nil
	}
	before := *w
	defer func() {
		if err != nil {
			*w, d, changed = before, a, false
		}
	}()
	e := &edit{w: w, mixed: true}
	root, err := (&mending{edit: e}).node(&a.root, &b.root)
	if err != nil {
		return nil, false, err
	}
	if w.taken == before.taken { // one has less, and none of that is a value
		w.Dot()
	}
	e.finish(&root)
	d = newDocument(root, len(a.raw)+len(b.raw))
	if n := len(d.raw); n > MaxMerged {
		return nil, false, &PathError{"", fmt.Errorf("%w: revived it would have %d bytes, at most %d are kept", ErrTooLarge, n, MaxMerged)}
	}
	if n := d.elements(); n > MaxMergedElements {
		return nil, false, &PathError{"", fmt.Errorf("%w: revived its lists would have %d elements, at most %d are kept", ErrTooLarge, n, MaxMergedElements)}
	}
	return d, true, nil
}

// mending is one Revive.
type mending struct{ *edit }

func (m *mending) node(a, b *node) (n node, err error) {
	for _, k := range kindsOf(a.entries, b.entries) {
		x, y := a.kindEntries(k), b.kindEntries(k)
		switch {
		case k == KindText:
			continue
		case slices.Equal(x, y):
			n.entries = append(n.entries, x...)
			continue
		case k == KindCounter:
			x, err = m.counter(x, y)
		default:
			x = m.values(k, x, y)
		}
		if err != nil {
			return n, err
		}
		n.entries = append(n.entries, x...)
	}
	if n.fields, err = m.fields(a.fields, b.fields); err != nil {
		return n, err
	}
	items, err := m.items(a.items(), b.items())
	if err != nil {
		return n, err
	}
	if n.seq = sequenceOf(items, nil); a.text() != nil || b.text() != nil {
		if err := m.text(&n, a, b); err != nil {
			return n, err
		}
	}
	return n.normal(), nil
}

// kindsOf lists the kinds of entries, ascending.
func kindsOf(a, b []entry) (kinds []Kind) {
	for _, e := range slices.Concat(a, b) {
		if !slices.Contains(kinds, e.Kind) {
			kinds = append(kinds, e.Kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// values writes again what differs, each value once. Of a register it is all of
// them, in their order: the one that is shown stays so.
func (m *mending) values(k Kind, a, b []entry) (out []entry) {
	var again []entry
	for _, e := range a {
		if k != KindRegister && slices.Contains(b, e) {
			out = append(out, e)
		} else {
			again = append(again, e)
		}
	}
	for _, e := range b {
		if k == KindRegister || !slices.Contains(out, e) {
			again = append(again, e)
		}
	}
	slices.SortFunc(again, func(a, b entry) int {
		switch {
		case b.later(&a):
			return 1
		case a.later(&b):
			return -1
		}
		return 0
	})
	have := make(map[Value]bool, len(out)+len(again))
	for _, e := range out {
		have[e.Value] = true
	}
	values := again[:0]
	for _, e := range again { // the latest of equal ones stands
		if !have[e.Value] {
			have[e.Value] = true
			values = append(values, e)
		}
	}
	for _, e := range slices.Backward(values) { // so that the latest has the greatest dot
		out = append(out, m.w.entry(k, e.Value))
	}
	return out
}

// counter counts what each replica has counted last. What that is more than what
// both sides have is the own count of the replica that repairs.
func (m *mending) counter(a, b []entry) (out []entry, err error) {
	last, present := map[ReplicaID]entry{}, false
	for _, e := range slices.Concat(a, b) {
		if e.Value == valueNull {
			present = true
			continue
		}
		was, ok := last[e.Dot.Replica]
		n, _ := e.Value.integer()
		if had, _ := was.Value.integer(); !ok || e.Dot.Counter > was.Dot.Counter || e.Dot == was.Dot && n > had {
			last[e.Dot.Replica] = e
		}
	}
	for _, e := range a {
		if slices.Contains(b, e) {
			out = append(out, e)
			present = present && e.Value != valueNull
		}
	}
	var all sum
	for _, e := range last {
		n, _ := e.Value.integer()
		all = all.add(n)
	}
	if present {
		out = append(out, m.w.entry(KindCounter, valueNull))
	}
	if more := all.sub(total(out)); more != (sum{}) {
		return increment(out, m.w, more, nil)
	}
	return out, nil
}

func (m *mending) fields(a, b []field) (out []field, err error) {
	for len(a) > 0 || len(b) > 0 {
		x, y, name, c := &noNode, &noNode, "", 1
		if len(b) == 0 {
			c = -1
		} else if len(a) > 0 {
			c = compareNames(a[0].name, b[0].name)
		}
		if c <= 0 {
			x, name, a = &a[0].node, a[0].name, a[1:]
		}
		if c >= 0 {
			y, name, b = &b[0].node, b[0].name, b[1:]
		}
		m.path = append(m.path, name)
		child, err := m.node(x, y)
		if err != nil {
			return nil, err
		}
		m.path = m.path[:len(m.path)-1]
		if !child.empty() {
			out = append(out, field{name, child})
		}
	}
	return out, nil
}
