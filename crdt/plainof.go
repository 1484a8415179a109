package crdt

// plainOf is what is shown at n, with its types: written elsewhere it makes a
// copy.
func (e *edit) plainOf(n *node) plain {
	g, ok := e.shown(n)
	if !ok {
		return plain{value: valueNull}
	}
	switch g.kind {
	case KindCounter:
		i, _ := total(g.entries).int64()
		return plain{form: formCounter, typed: true, value: intValue(i)}
	case KindSet:
		return plainSet(elementsOf(g.entries))
	case KindMap:
		out := plain{form: formObject, depth: 1}
		for i := range n.fields {
			if f := &n.fields[i]; !f.node.ghost() {
				v := e.plainOf(&f.node)
				out.fields = append(out.fields, plainField{f.name, v})
				out.over(&v)
			}
		}
		return out
	case KindList:
		out := plain{form: formList, depth: 1}
		for _, it := range e.items(n) {
			v := e.plainOf(&it.node)
			out.items = append(out.items, v)
			out.over(&v)
		}
		return out
	case KindText:
		return plain{form: formText, typed: true, value: Value(appendText(nil, e.prose(n)))}
	}
	v := g.entries[0].Value
	if v.isScalar() {
		return plain{value: v}
	}
	return plain{form: formRegister, typed: true, depth: v.nesting(), value: v}
}

// opened is the value of a register with its arrays and objects as such.
func (v Value) opened() plain {
	r := cborReader{s: string(v)}
	return r.plain()
}

// plain reads a value that is known to be well formed.
func (r *cborReader) plain() plain {
	start := r.pos
	switch major, n, _ := r.head(); major {
	case majorMap:
		out := plain{form: formObject, depth: 1}
		for range n {
			name, _ := r.text()
			out.add(name, r.plain())
		}
		return out
	case majorArray:
		out := plain{form: formList, depth: 1}
		for range n {
			item := r.plain()
			out.items = append(out.items, item)
			out.over(&item)
		}
		return out
	case majorText, majorBytes:
		r.take(n)
	}
	return plain{value: Value(r.s[start:r.pos])}
}

// size is about how many bytes the value takes in a document.
func (p *plain) size() int {
	n := 1 + len(p.value)
	for i := range p.fields {
		n += len(p.fields[i].name) + p.fields[i].plain.size()
	}
	for i := range p.items {
		n += p.items[i].size()
	}
	return n
}

// nesting is how many arrays and objects nest in the value.
func (v Value) nesting() int {
	r := cborReader{s: string(v)}
	var inside func() int
	inside = func() (depth int) {
		major, n, _ := r.head()
		switch major {
		case majorArray, majorMap:
			for range n {
				if major == majorMap {
					r.text()
				}
				depth = max(depth, inside())
			}
			return depth + 1
		case majorText, majorBytes:
			r.take(n)
		}
		return 0
	}
	return inside()
}
