package crdt

// MergePatch applies a JSON Merge Patch (RFC 7396): null removes a field,
// objects merge, anything else is put as Put does it, so counters, sets, lists
// and texts keep their type, and so does a register that holds an array or
// object: it is replaced by its patched value. What it returns and when it fails
// is as for Put.
func (d *Document) MergePatch(w *Writer, p Plain) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		if p.IsZero() {
			return node{}, e.fail(ErrNoValue)
		}
		return e.mergePatch(root, p.p)
	})
}

func (e *edit) mergePatch(n *node, p *plain) (node, error) {
	if p.form != formObject {
		return e.put(n, p)
	}
	g, ok := e.shown(n)
	if ok && g.kind == KindRegister && !g.entries[0].Value.isScalar() {
		patched := g.entries[0].Value.opened().patched(p)
		return e.put(n, &patched)
	}
	if !ok || g.kind != KindMap {
		patched := p.withoutNulls()
		return e.create(&patched), nil
	}
	return e.zipFields(n, p, func(have *node, want *plain) (node, error) {
		switch {
		case want == nil:
			return *have, nil
		case have == nil && want.isNull():
			return node{}, nil
		case have == nil:
			return e.mergePatch(&noNode, want)
		case want.isNull():
			return e.remove(have), nil
		}
		return e.mergePatch(have, want)
	})
}

// patched is p after a patch by an object; what is no object has no fields.
func (p plain) patched(by *plain) plain {
	out, have, want := plain{form: formObject, depth: 1}, p.fields, by.fields
	for len(have) > 0 || len(want) > 0 {
		if len(want) == 0 || len(have) > 0 && nameLess(have[0].name, want[0].name) {
			out.add(have[0].name, have[0].plain)
			have = have[1:]
			continue
		}
		name, v := want[0].name, &want[0].plain
		old := plain{}
		if len(have) > 0 && have[0].name == name {
			old, have = have[0].plain, have[1:]
		}
		switch want = want[1:]; {
		case v.form == formObject && old.form == formObject:
			out.add(name, old.patched(v))
		case !v.isNull():
			out.add(name, v.withoutNulls())
		}
	}
	return out
}

// add adds a field after all others.
func (p *plain) add(name string, v plain) {
	p.fields = append(p.fields, plainField{name, v})
	p.over(&v)
}

// withoutNulls is what a patch leaves where no object was.
func (p *plain) withoutNulls() plain {
	if p.form != formObject {
		return *p
	}
	out := plain{form: formObject, depth: 1}
	for _, f := range p.fields {
		if !f.plain.isNull() {
			out.add(f.name, f.plain.withoutNulls())
		}
	}
	return out
}
