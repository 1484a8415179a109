package crdt

import (
	"slices"
	"strconv"
)

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
	for i := range n.fields { // without a conflict, fields and elements are shown
		if n.fields[i].node.hasConflicts() {
			return true
		}
	}
	for i := range n.items() {
		it := &n.seq.items[i]
		if it.conflict() != "" || it.node.hasConflicts() {
			return true
		}
	}
	return false
}

// maxListed is how many bytes the candidates of listed conflicts may have
// before no more are listed: of objects in each other that were edited while
// they were removed, each has all inside of it as its candidate.
const maxListed = 16 * MaxDocument

// Conflicts lists the conflicts of everything that is shown, in canonical
// order, up to 16 MiB of candidates: more are listed when the first of them are
// resolved. Inside of what is not shown none are looked for.
func (d *Document) Conflicts() []Conflict {
	var all []Conflict
	size := 0
	if d != nil {
		d.root.conflicts(nil, d.root.conflict(), func(path Pointer, n *node, kind string) {
			if size > maxListed {
				return
			}
			c := Conflict{Path: path.String(), Kind: kind}
			for _, r := range n.candidates() {
				json := r.node.appendJSON(nil, FormatTyped)
				size += len(json)
				c.Candidates = append(c.Candidates, Candidate{r.dot, r.time, json, r.shown})
			}
			all = append(all, c)
		})
	}
	return all
}

// conflicts calls fn for each node with a conflict; kind is that of n itself.
func (n *node) conflicts(path Pointer, kind string, fn func(Pointer, *node, string)) {
	if kind != "" {
		fn(path, n, kind)
	}
	if len(n.fields) == 0 && len(n.items()) == 0 {
		return
	}
	switch g, _ := n.shown(); g.kind {
	case KindMap:
		for i := range n.fields {
			f := &n.fields[i]
			f.node.conflicts(append(path, f.name), f.node.conflict(), fn)
		}
	case KindList:
		index := 0
		for i := range n.items() {
			if it := &n.seq.items[i]; !it.node.ghost() {
				it.node.conflicts(append(path, strconv.Itoa(index)), it.conflict(), fn)
				index++
			}
		}
	}
}

// conflict says what the conflict about the element is, or "": that of its
// value, or that it was removed while its value was edited.
func (it *item) conflict() string {
	kind := it.node.conflict()
	if kind == "" && len(it.places) == 0 && !it.node.ghost() {
		kind = ConflictEditedWhileRemoved
	}
	return kind
}

// conflict says what the conflict at the node is, or "".
func (n *node) conflict() string {
	if n.isMap() || n.isScalar() || n.empty() {
		return ""
	}
	var buf [4]group
	groups := slices.DeleteFunc(n.groups(buf[:0]), n.hides)
	switch {
	case len(groups) == 0:
		return ""
	case len(groups) > 1:
		return ConflictType
	case groups[0].kind == KindRegister:
		for _, e := range groups[0].entries {
			if !equalValues(groups[0].entries[0].Value, e.Value) {
				return ConflictValue
			}
		}
	case !groups[0].present():
		return ConflictEditedWhileRemoved
	}
	return ""
}

// present reports whether an entry says that the content is there. A map, list,
// text, set or counter that was removed while it was edited has none.
func (g *group) present() bool {
	presence := g.kind.presence()
	return presence == "" || slices.ContainsFunc(g.entries, func(e entry) bool { return e.Value == presence })
}
