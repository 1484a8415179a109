package crdt

// MergePatch applies a JSON Merge Patch (RFC 7396): null removes a field,
// objects merge, anything else is put as Put does it, so counters and sets
// keep their type. What it returns and when it fails is as for Put.
func (d *Document) MergePatch(w *Writer, p Plain) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) { return e.mergePatch(root, p.p) })
}

func (e *edit) mergePatch(n *node, p *plain) (node, error) {
	if p.form != formObject {
		return e.put(n, p)
	}
	if g, ok := n.shown(); !ok || g.kind != KindMap {
		patched := p.withoutNulls()
		return e.create(&patched), nil
	}
	before := e.w.taken
	out := *n
	for i := range p.fields {
		name, patch := p.fields[i].name, &p.fields[i].plain
		at, ok := out.find(name)
		child := &noNode
		if ok {
			child = &out.fields[at].node
		}
		var next node
		var err error
		mark := e.w.taken
		e.path = append(e.path, name)
		if patch.isNull() {
			next = e.remove(child)
		} else {
			next, err = e.mergePatch(child, patch)
		}
		if err != nil {
			return node{}, err
		}
		e.path = e.path[:len(e.path)-1]
		if e.w.taken != mark {
			out = out.with(at, ok, name, next)
		}
	}
	if e.w.taken == before {
		return *n, nil
	}
	return out, nil
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
