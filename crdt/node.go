package crdt

import (
	"cmp"
	"slices"
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
	return slices.BinarySearchFunc(n.fields, name, func(f field, name string) int {
		return compareNames(f.name, name)
	})
}

// walk calls fn for every entry in canonical order until it returns false:
// the entries of a node, then its fields.
func (n *node) walk(fn func(*entry) bool) bool {
	for i := range n.entries {
		if !fn(&n.entries[i]) {
			return false
		}
	}
	for i := range n.fields {
		if !n.fields[i].node.walk(fn) {
			return false
		}
	}
	return true
}

// latest is the greatest timestamp of an entry in the tree.
func (n *node) latest() (t Timestamp) {
	for i := range n.entries {
		t = max(t, n.entries[i].Time)
	}
	return max(t, n.latestField())
}

func (n *node) latestField() (t Timestamp) {
	for i := range n.fields {
		t = max(t, n.fields[i].node.latest())
	}
	return t
}

// group is the entries of one kind at a node. A map whose presence was removed
// while its fields were edited is a group without entries.
type group struct {
	kind    Kind
	entries []entry
	latest  Timestamp
}

// groups appends the kinds at n to buf, the shown one first: the kind with the
// latest timestamp (of a map, that of anything inside), ties by rank.
func (n *node) groups(buf []group) []group {
	present := false
	for i := 0; i < len(n.entries); {
		g := group{kind: n.entries[i].Kind}
		start := i
		for ; i < len(n.entries) && n.entries[i].Kind == g.kind; i++ {
			g.latest = max(g.latest, n.entries[i].Time)
		}
		g.entries = n.entries[start:i:i]
		present = present || g.kind == KindMap
		buf = append(buf, g)
	}
	if len(n.fields) > 0 && !present {
		buf = append(buf, group{kind: KindMap})
	}
	if len(buf) > 1 {
		for i := range buf {
			if buf[i].kind == KindMap {
				buf[i].latest = max(buf[i].latest, n.latestField())
			}
		}
		slices.SortFunc(buf, compareGroups)
	}
	return buf
}

func compareGroups(a, b group) int {
	if c := cmp.Compare(b.latest, a.latest); c != 0 {
		return c
	}
	return cmp.Compare(a.kind.rank(), b.kind.rank())
}

// shown is the group that plain JSON shows: the first one of a known kind. ok
// is false when there is none.
func (n *node) shown() (g group, ok bool) {
	var buf [4]group
	for _, g := range n.groups(buf[:0]) {
		if g.kind.known() {
			return g, true
		}
	}
	return group{}, false
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
	var buf [4]group
	groups := n.groups(buf[:0])
	if len(groups) == 1 {
		return n
	}
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
