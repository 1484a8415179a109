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
	return d != nil && d.root.hasConflicts()
}

func (n *node) hasConflicts() bool {
	if n.conflict() != "" {
		return true
	}
	for i := range n.fields { // without a conflict, fields are shown
		if n.fields[i].node.hasConflicts() {
			return true
		}
	}
	return false
}

// Conflicts lists the conflicts of everything that is shown, in canonical
// order. Inside of what is not shown none are looked for.
func (d *Document) Conflicts() []Conflict {
	var all []Conflict
	if d != nil {
		d.root.conflicts(nil, func(path Pointer, n *node, kind string) {
			c := Conflict{Path: path.String(), Kind: kind}
			for _, r := range n.candidates() {
				c.Candidates = append(c.Candidates, Candidate{r.name.Dot, r.name.Time, r.node.appendJSON(nil, FormatTyped), r.shown})
			}
			all = append(all, c)
		})
	}
	return all
}

// conflicts calls fn for each node with a conflict.
func (n *node) conflicts(path Pointer, fn func(Pointer, *node, string)) {
	if kind := n.conflict(); kind != "" {
		fn(path, n, kind)
	}
	if len(n.fields) == 0 {
		return
	}
	if g, ok := n.shown(); !ok || g.kind != KindMap {
		return
	}
	for i := range n.fields {
		n.fields[i].node.conflicts(append(path, n.fields[i].name), fn)
	}
}

// conflict says what the conflict at the node is, or "".
func (n *node) conflict() string {
	if n.isMap() || n.isScalar() || n.empty() {
		return ""
	}
	if len(n.entries) == 0 { // fields without presence
		return ConflictEditedWhileRemoved
	}
	kind := n.entries[0].Kind
	if len(n.fields) > 0 && kind != KindMap {
		return ConflictType // a map is here too
	}
	for i := range n.entries {
		if n.entries[i].Kind != kind {
			return ConflictType
		}
	}
	switch kind {
	case KindRegister:
		for i := range n.entries {
			if !equalValues(n.entries[0].Value, n.entries[i].Value) {
				return ConflictValue
			}
		}
	case KindSet:
		if n.entries[0].Value != setPresence {
			return ConflictEditedWhileRemoved
		}
	}
	return ""
}
