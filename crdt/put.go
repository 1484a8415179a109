package crdt

import "errors"

// Put makes the document what p says by writing the difference: what is equal
// is not written, a number over a counter counts up or down to it, an array
// over a set or a list adds and removes elements, a string over a text inserts
// and deletes, an array or object over a register that holds one replaces its
// value; another type replaces what was there. If the difference would make the
// document too large, the lists and texts that differ are written anew. It
// returns the document after the edit and whether anything changed; on error
// (a *PathError) nothing has changed and no dot is taken.
func (d *Document) Put(w *Writer, p Plain) (*Document, bool, error) {
	out, changed, err := d.run(w, func(e *edit, root *node) (node, error) { return e.putPlain(root, p) })
	if !errors.Is(err, ErrTooLarge) {
		return out, changed, err
	}
	anew, changed, failed := d.run(w, func(e *edit, root *node) (node, error) {
		e.anew = true
		return e.putPlain(root, p)
	})
	if failed != nil {
		return out, false, err
	}
	return anew, changed, nil
}

func (e *edit) putPlain(n *node, p Plain) (node, error) {
	if p.IsZero() {
		return node{}, e.fail(ErrNoValue)
	}
	return e.put(n, p.p)
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
	g, ok := e.shown(n)
	if !ok {
		if p.isNull() && len(n.entries) > 0 { // what this version cannot show prints as null
			return *n, nil
		}
		return e.create(p), nil
	}
	if !g.keeps(p) {
		return e.create(p), nil
	}
	switch g.kind {
	case KindCounter:
		to, _ := p.value.integer()
		return e.count(n, g, to)
	case KindSet:
		as := plainElement
		if p.form == formSet {
			as = element
		}
		return e.putSet(n, g, p.elements(), as), nil
	case KindMap:
		return e.putFields(n, p)
	case KindList:
		return e.putList(n, p)
	case KindText:
		return e.putText(n, p)
	}
	value := p.whole()
	if sameShown(g.entries[0].Value, value) {
		return *n, nil
	}
	return e.register(value), nil
}

// putList and putText write the difference, or, if that is too much to keep,
// the whole anew.
func (e *edit) putList(n *node, p *plain) (node, error) {
	return e.difference(n,
		func() (node, error) { return e.alignList(n, p) },
		func() node { return e.createList(p) })
}

func (e *edit) putText(n *node, p *plain) (node, error) {
	s := p.value.content()
	return e.difference(n,
		func() (node, error) { return e.retype(n, s) },
		func() node { return e.createText(s) })
}

func (e *edit) difference(n *node, difference func() (node, error), create func() node) (node, error) {
	before, path := *e.w, e.path
	out, err := difference()
	if !e.anew || err == nil && e.w.taken == before.taken || err != nil && !errors.Is(err, ErrTooLarge) {
		return out, err
	}
	*e.w, e.path = before, path
	return create(), nil
}

// keeps reports whether writing p over the group keeps its kind.
func (g *group) keeps(p *plain) bool {
	if g.kind == KindRegister && !g.entries[0].Value.isScalar() && !p.typed {
		return p.form == formList || p.form == formObject || p.form == formScalar
	}
	return p.keeps(g.kind)
}

// keeps reports whether p, written over a kind, keeps it.
func (p *plain) keeps(k Kind) bool {
	switch k {
	case KindCounter:
		if p.form != formScalar && p.form != formCounter {
			return false
		}
		_, whole := p.value.integer()
		return whole
	case KindSet:
		return p.form == formSet || p.form == formList && p.isFlat()
	case KindMap:
		return p.form == formObject
	case KindList:
		return p.form == formList
	case KindText:
		return p.isText()
	case KindRegister:
		return p.form == formScalar || p.form == formRegister
	}
	return false
}

// create writes p where nothing is, or over everything that was.
func (e *edit) create(p *plain) node {
	switch p.form {
	case formObject:
		n := node{entries: []entry{e.w.entry(KindMap, valueNull)}}
		if len(p.fields) > 0 {
			n.fields = make([]field, len(p.fields))
		}
		scalars := make([]entry, 0, len(p.fields)) // in one piece
		for i := range p.fields {
			f := &p.fields[i]
			if f.plain.form != formScalar {
				n.fields[i] = field{f.name, e.create(&f.plain)}
				continue
			}
			scalars = append(scalars, e.w.entry(KindRegister, f.plain.value))
			last := len(scalars)
			n.fields[i] = field{f.name, node{entries: scalars[last-1 : last : last]}}
		}
		return n
	case formList:
		return e.createList(p)
	case formText:
		return e.createText(p.value.content())
	case formCounter:
		i, _ := p.value.integer()
		return e.createCounter(i)
	case formSet:
		entries := append(make([]entry, 0, len(p.items)+1), e.w.entry(KindSet, setPresence))
		for i := range p.items {
			entries = append(entries, e.w.entry(KindSet, p.items[i].value))
		}
		return node{entries: entries}
	}
	return e.register(p.value)
}

func (e *edit) register(v Value) node {
	return node{entries: []entry{e.w.entry(KindRegister, v)}}
}

// count carries the counter to a number, unless it shows that already.
func (e *edit) count(n *node, g group, to int64) (node, error) {
	if shown, _ := total(g.entries).int64(); shown == to {
		return *n, nil
	}
	return e.increment(n, g.entries, sum{}.add(to).sub(total(g.entries)))
}

func (e *edit) increment(n *node, entries []entry, by sum) (node, error) {
	if by == (sum{}) {
		return *n, nil
	}
	counter, err := increment(entries, e.w, by, e.known)
	if err != nil {
		return node{}, e.fail(err)
	}
	return n.withKind(KindCounter, counter), nil
}
