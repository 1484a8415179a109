package crdt

import "slices"

// zip walks the fields of a node and of an object together, in order of names:
// have is nil where the node lacks the field, want where the object does. A
// ghost counts as no field.
func zip(n *node, p *plain, fn func(name string, have *node, want *plain) error) error {
	have, want := n.fields, p.fields
	for len(have) > 0 || len(want) > 0 {
		c := -1
		if len(have) == 0 {
			c = 1
		} else if len(want) > 0 {
			c = compareNames(have[0].name, want[0].name)
		}
		var name string
		var h *node
		var w *plain
		if c <= 0 {
			name, h, have = have[0].name, &have[0].node, have[1:]
		}
		if c >= 0 {
			name, w, want = want[0].name, &want[0].plain, want[1:]
		}
		if h != nil && h.ghost() {
			h = nil
		}
		if h == nil && w == nil {
			continue
		}
		if err := fn(name, h, w); err != nil {
			return err
		}
	}
	return nil
}

// zipFields makes the fields of a map by asking fn for each name that the map
// or the object has; an empty node drops the field. If fn takes no dot, n has
// not changed.
func (e *edit) zipFields(n *node, p *plain, fn func(have *node, want *plain) (node, error)) (node, error) {
	before := e.w.taken
	fields := make([]field, 0, max(len(n.fields), len(p.fields)))
	err := zip(n, p, func(name string, have *node, want *plain) error {
		e.path = append(e.path, name)
		child, err := fn(have, want)
		if err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
		if !child.empty() {
			fields = append(fields, field{name, child})
		}
		return nil
	})
	if err != nil {
		return node{}, err
	}
	if e.w.taken == before {
		return *n, nil
	}
	return e.keepMap(n.withFields(fields)), nil
}

// putFields makes the fields of a map those of p.
func (e *edit) putFields(n *node, p *plain) (node, error) {
	return e.zipFields(n, p, func(have *node, want *plain) (node, error) {
		switch {
		case want == nil:
			return e.remove(have), nil
		case have == nil:
			return e.create(want), nil
		}
		return e.put(have, want)
	})
}

// keepMap says that a map exists if nothing in it does any more: one that
// survived its removal by its fields alone must not go with the last of them.
func (e *edit) keepMap(n node) node {
	return e.keep(n, KindMap, len(n.fields) > 0)
}

// keep writes the presence of what was edited if nothing else says any more
// that it is there, or that it is what is shown of several kinds.
func (e *edit) keep(n node, k Kind, inside bool) node {
	if inside || len(n.kindEntries(k)) > 0 {
		if g, ok := e.shown(&n); ok && g.kind == k {
			return n
		}
	}
	return n.withKind(k, []entry{e.w.entry(k, valueNull)})
}

// withFields returns a copy of n with other fields.
func (n *node) withFields(fields []field) node {
	out := node{entries: n.entries, fields: fields, seq: n.seq}
	if len(n.entries) > 1 { // a child's time may have changed which kind is shown
		out.entries = slices.Clone(n.entries)
	}
	return out.normal()
}

// withKind returns a copy of n with other entries of one kind.
func (n *node) withKind(k Kind, entries []entry) node {
	out := node{fields: n.fields, seq: n.seq, entries: make([]entry, 0, len(n.entries)+len(entries))}
	for _, e := range n.entries {
		if e.Kind != k {
			out.entries = append(out.entries, e)
		}
	}
	out.entries = append(out.entries, entries...)
	return out.normal()
}
