package crdt

// rival is one content of a node with a conflict.
type rival struct {
	name  entry // its latest entry
	node  node  // that content alone
	kind  Kind
	shown bool
}

// candidates are the contents of a node, in canonical order but for the shown
// one, which comes first.
func (n *node) candidates() []rival {
	var all []rival
	shown := -1
	for _, g := range n.groups(nil) {
		if shown < 0 && g.kind.known() {
			shown = len(all)
		}
		if g.kind == KindRegister {
			for _, e := range g.entries {
				all = append(all, rival{name: e, node: node{entries: []entry{e}}, kind: g.kind})
			}
			continue
		}
		only := n.only(g)
		all = append(all, rival{name: *only.lastEntry(nil), node: only, kind: g.kind})
	}
	if shown >= 0 {
		all[shown].shown = true
		r := all[shown]
		copy(all[1:shown+1], all[:shown])
		all[0] = r
	}
	return all
}

// only is the node with nothing but one kind.
func (n *node) only(g group) node {
	out := node{entries: g.entries}
	if g.kind == KindMap {
		out.fields = n.fields
	}
	return out
}

// lastEntry is the entry that is later than all others in the tree.
func (n *node) lastEntry(last *entry) *entry {
	n.walk(func(e *entry) bool {
		if last == nil || e.later(last) {
			last = e
		}
		return true
	})
	return last
}
