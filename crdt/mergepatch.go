package crdt

// MergePatch applies a JSON Merge Patch (RFC 7396): null removes a field,
// objects merge, anything else is put as Put does it, so counters, sets, lists
// and texts keep their type. What it returns and when it fails is as for Put.
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
	if g, ok := e.shown(n); !ok || g.kind != KindMap {
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

// withoutNulls is what a patch leaves where no object was.
func (p *plain) withoutNulls() plain {
	if p.form != formObject {
		return *p
	}
	out := plain{form: formObject}
	for _, f := range p.fields {
		if !f.plain.isNull() {
			out.fields = append(out.fields, plainField{f.name, f.plain.withoutNulls()})
		}
	}
	return out
}
