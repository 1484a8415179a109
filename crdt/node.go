package crdt

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// node is what lives at one path: the entries of every kind there, in
// canonical order, the fields of its map, and the elements of its list and its
// text. A node without any of these does not exist. Nodes are never modified
// once they are in a document.
type node struct {
	entries []entry
	fields  []field   // sorted by name, see nameLess
	seq     *sequence // nil unless there is a list or a text
}

type field struct {
	name string
	node node
}

// nameLess is the order of fields in canonical bytes: shorter names first,
// then by bytes (RFC 8949 §4.2.1 for text keys, and dag-cbor).
func nameLess(a, b string) bool { return compareNames(a, b) < 0 }

func compareNames(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// validName reports whether a field may have the name: names beginning with
// one $ are tags, a literal $ is doubled.
func validName(name string) bool {
	return name == "" || name[0] != '$' || len(name) > 1 && name[1] == '$'
}

func (n *node) empty() bool { return len(n.entries) == 0 && len(n.fields) == 0 && n.seq == nil }

// find returns the position of the field, or where it would be inserted.
func (n *node) find(name string) (i int, ok bool) {
	return sort.Find(len(n.fields), func(i int) int { return compareNames(name, n.fields[i].name) })
}

// walk calls fn with the stamp of everything alive, in canonical order, until
// it returns false: the entries of a node, what is in its fields, then, of each
// element of its list, the places and what is in it.
func (n *node) walk(fn func(Dot, Timestamp) bool) bool {
	for i := range n.entries {
		if e := &n.entries[i]; !fn(e.Dot, e.Time) {
			return false
		}
	}
	for i := range n.fields {
		if !n.fields[i].node.walk(fn) {
			return false
		}
	}
	if n.seq == nil {
		return true
	}
	for i := range n.seq.items {
		it := &n.seq.items[i]
		for _, p := range it.places {
			if !fn(p.Dot, p.Time) {
				return false
			}
		}
		if !it.node.walk(fn) {
			return false
		}
	}
	return true
}

// latest is the greatest timestamp in the tree.
func (n *node) latest() (t Timestamp) {
	for i := range n.entries {
		t = max(t, n.entries[i].Time)
	}
	if len(n.fields) > 0 {
		t = max(t, n.latestField())
	}
	if n.seq != nil {
		t = max(t, n.latestItem())
	}
	return t
}

func (n *node) latestField() (t Timestamp) {
	for i := range n.fields {
		t = max(t, n.fields[i].node.latest())
	}
	return t
}

func (n *node) latestItem() (t Timestamp) {
	for i := range n.items() {
		it := &n.seq.items[i]
		for _, p := range it.places {
			t = max(t, p.Time)
		}
		t = max(t, it.node.latest())
	}
	return t
}

// ghost reports whether nothing is left in the tree but places to which
// elements of lists were moved while they were removed. A move says nothing
// of a value, so nothing is shown.
func (n *node) ghost() bool { return len(n.entries) == 0 && n.bare(KindMap) && n.bare(KindList) }

// bare reports whether all fields, or all elements, of the node are ghosts.
func (n *node) bare(k Kind) bool {
	if k == KindMap {
		return !slices.ContainsFunc(n.fields, func(f field) bool { return !f.node.ghost() })
	}
	return !slices.ContainsFunc(n.items(), func(it item) bool { return !it.node.ghost() })
}

// kindEntries returns the entries of one kind.
func (n *node) kindEntries(k Kind) []entry {
	for i := range n.entries {
		if n.entries[i].Kind == k {
			end := i + 1
			for end < len(n.entries) && n.entries[end].Kind == k {
				end++
			}
			return n.entries[i:end:end]
		}
	}
	return nil
}

// normal returns n with its entries in canonical order; n's own entries may be
// reordered, so they must be fresh.
func (n node) normal() node {
	if len(n.entries) < 2 {
		return n
	}
	slices.SortFunc(n.entries, func(a, b entry) int {
		if c := cmp.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		return compareEntries(&a, &b)
	})
	if n.entries[0].Kind == n.entries[len(n.entries)-1].Kind {
		return n
	}
	var buf [4]group
	groups := n.groups(buf[:0])
	sorted := make([]entry, 0, len(n.entries))
	for _, g := range groups {
		sorted = append(sorted, g.entries...)
	}
	n.entries = sorted
	return n
}

// compareEntries is the canonical order within one kind: register values with
// the shown one first, set elements as they print, everything else by dot.
func compareEntries(a, b *entry) int {
	switch a.Kind {
	case KindRegister:
		if a.later(b) {
			return -1
		}
		return 1
	case KindSet:
		if c := compareElements(a.Value, b.Value); c != 0 {
			return c
		}
	}
	return a.Dot.Compare(b.Dot)
}
