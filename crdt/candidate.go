package crdt

// rival is one content of a node with a conflict.
type rival struct {
	dot   Dot // of what is latest in it, and when that was
	time  Timestamp
	node  node // that content alone
	kind  Kind
	shown bool
}

// candidates are the contents of a node, in canonical order but for the shown
// one, which comes first.
func (n *node) candidates() []rival {
	var all []rival
	shown := -1
	for _, g := range n.groups(nil) {
		if n.hides(g) {
			continue
		}
		if shown < 0 && g.kind.known() {
			shown = len(all)
		}
		if g.kind != KindRegister {
			all = append(all, rivalOf(g.kind, n.only(g)))
			continue
		}
		for _, e := range g.entries {
			all = append(all, rivalOf(g.kind, node{entries: []entry{e}}))
		}
	}
	if shown >= 0 {
		all[shown].shown = true
		r := all[shown]
		copy(all[1:shown+1], all[:shown])
		all[0] = r
	}
	return all
}

// rivalOf names a content by what is later in it than all else.
func rivalOf(k Kind, n node) rival {
	r := rival{node: n, kind: k}
	n.walk(func(d Dot, t Timestamp) bool {
		if t > r.time || t == r.time && d.Compare(r.dot) > 0 {
			r.dot, r.time = d, t
		}
		return true
	})
	return r
}

// only is the node with nothing but one kind.
func (n *node) only(g group) node {
	out := node{entries: g.entries}
	switch g.kind {
	case KindMap:
		out.fields = n.fields
	case KindList:
		out.seq = sequenceOf(n.items(), nil)
	case KindText:
		out.seq = sequenceOf(nil, n.text())
	}
	return out
}
