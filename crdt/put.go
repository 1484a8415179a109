package crdt

import (
	"errors"
	"fmt"
	"slices"
)

// ErrKind is returned when an edit does not fit the type of what is there.
var ErrKind = errors.New("wrong type")

// edit is one edit of one document: it makes changed nodes and takes a dot for
// each entry written and each removal, in canonical order, so that a document
// written at once has one run of counters.
type edit struct {
	w    *Writer
	path Pointer
}

func (e *edit) fail(err error) error { return &PathError{e.path.String(), err} }

// run makes a document from d with fn. If fn fails, or the outcome is larger
// than MaxDocument and no smaller than d, nothing has happened and no dot is
// taken. An edit that takes no dot changed nothing.
func (d *Document) run(w *Writer, fn func(e *edit, root *node) (node, error)) (*Document, bool, error) {
	d = d.orEmpty()
	before := *w
	root, err := fn(&edit{w: w}, &d.root)
	if err != nil {
		*w = before
		return d, false, err
	}
	if w.taken == before.taken {
		return d, false, nil
	}
	out := newDocument(root, len(d.raw))
	if n := len(out.raw); n > MaxDocument && n >= len(d.raw) {
		*w = before
		return d, false, &PathError{"", fmt.Errorf("%w: the document would have %d bytes, at most %d are allowed", ErrTooLarge, n, MaxDocument)}
	}
	return out, true, nil
}

// Put makes the document what p says by writing the difference: what is equal
// is not written, a number over a counter counts up or down to it, an array
// over a set adds and removes elements, another type replaces what was there.
// It returns the document after the edit and whether anything changed; on
// error (a *PathError) nothing has changed and no dot is taken.
func (d *Document) Put(w *Writer, p Plain) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		if p.IsZero() {
			return node{}, e.fail(ErrNoValue)
		}
		return e.put(root, p.p)
	})
}

// PutFrom carries over what p changes in base, a version of the document that
// the writer has read: fields, elements and stretches of text that others
// changed meanwhile stay as they are. Put(w, p) is PutFrom(w, d, p).
func (d *Document) PutFrom(w *Writer, base *Document, p Plain) (*Document, bool, error) {
	panic("todo")
}

// Delete removes everything. Of what is deleted nothing is left but the dot of
// the removal, which becomes the document's head.
func (d *Document) Delete(w *Writer) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) { return e.remove(root), nil })
}

// remove takes the removal's own dot, if there is something to remove.
func (e *edit) remove(n *node) node {
	if !n.empty() {
		e.w.Dot()
	}
	return node{}
}

// put returns n as p says; n itself if there is no difference.
func (e *edit) put(n *node, p *plain) (node, error) {
	g, ok := n.shown()
	if !ok {
		if !n.empty() && p.isNull() { // what this version cannot show prints as null
			return *n, nil
		}
		return e.create(p), nil
	}
	switch {
	case g.kind == KindCounter && (p.form == formScalar || p.form == formCounter):
		if to, ok := p.value.integer(); ok {
			return e.count(n, g, to)
		}
	case g.kind == KindSet && p.form == formSet:
		return e.putSet(n, g, p.elements, element), nil
	case g.kind == KindSet && p.form == formArray:
		if elements, ok := scalars(p.value); ok {
			return e.putSet(n, g, elements, plainElement), nil
		}
	case g.kind == KindMap && p.form == formObject:
		return e.putFields(n, p)
	case g.kind == KindRegister && (p.form == formScalar || p.form == formArray):
		if sameShown(g.entries[0].Value, p.value) {
			return *n, nil
		}
	}
	return e.create(p), nil
}

// create writes p where nothing is, or over everything that was.
func (e *edit) create(p *plain) node {
	switch p.form {
	case formObject:
		n := node{entries: []entry{e.w.entry(KindMap, valueNull)}}
		if len(p.fields) > 0 {
			n.fields = make([]field, len(p.fields))
		}
		for i := range p.fields {
			n.fields[i] = field{p.fields[i].name, e.create(&p.fields[i].plain)}
		}
		return n
	case formCounter:
		return node{entries: []entry{e.w.entry(KindCounter, p.value)}}
	case formSet:
		entries := append(make([]entry, 0, len(p.elements)+1), e.w.entry(KindSet, setPresence))
		for _, v := range p.elements {
			entries = append(entries, e.w.entry(KindSet, v))
		}
		return node{entries: entries}
	}
	return node{entries: []entry{e.w.entry(KindRegister, p.value)}}
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

// withFields returns a copy of n with other fields.
func (n *node) withFields(fields []field) node {
	out := node{entries: n.entries, fields: fields}
	if len(n.entries) > 1 { // a child's time may have changed which kind is shown
		out.entries = slices.Clone(n.entries)
	}
	return out.normal()
}

// withKind returns a copy of n with other entries of one kind.
func (n *node) withKind(k Kind, entries []entry) node {
	out := node{fields: n.fields, entries: make([]entry, 0, len(n.entries)+len(entries))}
	for _, e := range n.entries {
		if e.Kind != k {
			out.entries = append(out.entries, e)
		}
	}
	out.entries = append(out.entries, entries...)
	return out.normal()
}

// count carries the counter to a number.
func (e *edit) count(n *node, g group, to int64) (node, error) {
	return e.increment(n, g.entries, sum{}.add(to).sub(total(g.entries)))
}

func (e *edit) increment(n *node, entries []entry, by sum) (node, error) {
	if by == (sum{}) {
		return *n, nil
	}
	counter, err := increment(entries, e.w, by)
	if err != nil {
		return node{}, e.fail(err)
	}
	return n.withKind(KindCounter, counter), nil
}
