package crdt

import (
	"cmp"
	"slices"
)

// group is what there is of one kind at a node. A map or a list whose presence
// was removed while something in it was edited is a group without entries.
type group struct {
	kind    Kind
	entries []entry
	latest  Timestamp
}

// groups appends the kinds at n to buf, the shown one first: the kind with the
// latest timestamp (of a map or a list, that of anything inside), ties by rank.
func (n *node) groups(buf []group) []group {
	isMap, isList := false, false
	for i := 0; i < len(n.entries); {
		g := group{kind: n.entries[i].Kind}
		start := i
		for ; i < len(n.entries) && n.entries[i].Kind == g.kind; i++ {
			g.latest = max(g.latest, n.entries[i].Time)
		}
		g.entries = n.entries[start:i:i]
		isMap, isList = isMap || g.kind == KindMap, isList || g.kind == KindList
		buf = append(buf, g)
	}
	if len(n.fields) > 0 && !isMap {
		buf = append(buf, group{kind: KindMap})
	}
	if len(n.items()) > 0 && !isList {
		buf = append(buf, group{kind: KindList})
	}
	if len(buf) > 1 {
		for i := range buf {
			switch buf[i].kind {
			case KindMap:
				buf[i].latest = max(buf[i].latest, n.latestField())
			case KindList:
				buf[i].latest = max(buf[i].latest, n.latestItem())
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

// hides reports whether nothing of the group is shown: it is a map or a list
// that was removed, and all that is left in it are ghosts; or marks of repairs.
func (n *node) hides(g group) bool {
	return g.kind == KindRepair || len(g.entries) == 0 && n.bare(g.kind)
}

// shown is the group that plain JSON shows: the first one of a known kind. ok
// is false when there is none.
func (n *node) shown() (g group, ok bool) {
	if len(n.entries) > 0 && !n.isMixed(len(n.items())) { // one kind, and it has entries: nothing to order
		if k := n.entries[0].Kind; k.known() {
			return group{kind: k, entries: n.entries}, true
		}
		return group{}, false
	}
	var buf [4]group
	for _, g := range n.groups(buf[:0]) {
		if g.kind.known() && !n.hides(g) {
			return g, true
		}
	}
	return group{}, false
}
