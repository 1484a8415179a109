package crdt

// Conflict is a path at which concurrent edits left more than one content.
type Conflict struct {
	Path       string // JSON Pointer
	Kind       string // one of the Conflict constants
	Candidates []Candidate
}

// What a conflict may be about.
const (
	ConflictValue              = "value"                // a register with values that differ
	ConflictType               = "type"                 // contents of different types
	ConflictEditedWhileRemoved = "edited-while-removed" // something was removed, but edited at the same time
)

// Candidate is one of the contents at a path. It is named by its latest dot,
// so a candidate that is edited has another name.
type Candidate struct {
	Dot   Dot
	Time  Timestamp
	JSON  []byte // as FormatTyped
	Shown bool   // plain reads show this one; it comes first
}

// HasConflicts reports whether there is any conflict, without listing them.
func (d *Document) HasConflicts() bool {
	return d != nil && !d.root.conflicts(nil, func(Pointer, *node, string) bool { return false })
}

// Conflicts lists the conflicts of everything that is shown, in canonical
// order. Inside of what is not shown none are looked for.
func (d *Document) Conflicts() []Conflict {
	var all []Conflict
	if d != nil {
		d.root.conflicts(nil, func(path Pointer, n *node, kind string) bool {
			c := Conflict{Path: path.String(), Kind: kind}
			for _, r := range n.candidates() {
				c.Candidates = append(c.Candidates, Candidate{r.name.Dot, r.name.Time, r.node.appendJSON(nil, FormatTyped), r.shown})
			}
			all = append(all, c)
			return true
		})
	}
	return all
}

// conflicts calls fn for each node with a conflict until it returns false.
func (n *node) conflicts(path Pointer, fn func(Pointer, *node, string) bool) bool {
	if kind := n.conflict(); kind != "" && !fn(path, n, kind) {
		return false
	}
	if len(n.fields) == 0 {
		return true
	}
	if g, ok := n.shown(); !ok || g.kind != KindMap {
		return true
	}
	for i := range n.fields {
		f := &n.fields[i]
		if !f.node.conflicts(append(path, f.name), fn) {
			return false
		}
	}
	return true
}

// conflict says what the conflict at the node is, or "".
func (n *node) conflict() string {
	if n.isMap() || n.isScalar() || n.empty() {
		return ""
	}
	var buf [4]group
	groups := n.groups(buf[:0])
	if len(groups) > 1 {
		return ConflictType
	}
	switch g := groups[0]; g.kind {
	case KindRegister:
		for i := range g.entries {
			if !equalValues(g.entries[0].Value, g.entries[i].Value) {
				return ConflictValue
			}
		}
	case KindMap:
		if len(g.entries) == 0 {
			return ConflictEditedWhileRemoved
		}
	case KindSet:
		if g.entries[0].Value != setPresence {
			return ConflictEditedWhileRemoved
		}
	}
	return ""
}

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
