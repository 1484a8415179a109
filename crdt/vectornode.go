package crdt

import (
	"slices"
	"sort"
)

// vectorNode is a part of a vector: the entries of all replicas whose ids begin
// with the same nibbles. It is never changed, so vectors that differ in few
// entries share all other nodes, and comparing, uniting or copying them costs what
// differs, not what they hold. A node of at most leafMost entries is a leaf;
// so the shape is a function of the entries alone.
type vectorNode struct {
	size int
	leaf []vectorEntry // in order of replicas; of a leaf
	kids *[fanOut]*vectorNode
}

type vectorEntry struct {
	replica ReplicaID
	counter uint64
}

const (
	fanOut   = 16
	leafMost = 64
)

// nibble is the child of a node of that depth which holds r.
func nibble(r *ReplicaID, depth int) int {
	if b := r[depth/2]; depth%2 == 0 {
		return int(b >> 4)
	} else {
		return int(b & 15)
	}
}

// nodeOf is the node of these entries, which are in order and not changed
// any more.
func nodeOf(entries []vectorEntry, depth int) *vectorNode {
	switch {
	case len(entries) == 0:
		return nil
	case len(entries) <= leafMost:
		return &vectorNode{size: len(entries), leaf: entries}
	}
	n := &vectorNode{size: len(entries), kids: new([fanOut]*vectorNode)}
	for i := range n.kids {
		part := cutNibble(entries, i, depth)
		entries = entries[len(part):]
		n.kids[i] = nodeOf(part, depth+1)
	}
	return n
}

// cutNibble is the beginning of entries that belongs below child i or lower
// ones.
func cutNibble(entries []vectorEntry, i, depth int) []vectorEntry {
	end := sort.Search(len(entries), func(j int) bool { return nibble(&entries[j].replica, depth) > i })
	return entries[:end:end]
}

// kid is child i of a node, also of a leaf.
func (n *vectorNode) kid(i, depth int) *vectorNode {
	switch {
	case n == nil:
		return nil
	case n.kids != nil:
		return n.kids[i]
	}
	below := len(cutNibble(n.leaf, i-1, depth))
	part := cutNibble(n.leaf[below:], i, depth)
	if len(part) == 0 {
		return nil
	}
	return &vectorNode{size: len(part), leaf: part}
}

// withKids is the node of these children: n or m if they are theirs.
func withKids(kids *[fanOut]*vectorNode, n, m *vectorNode) *vectorNode {
	size := 0
	for _, k := range kids {
		size += k.len()
	}
	switch {
	case size == 0:
		return nil
	case n != nil && n.kids != nil && *n.kids == *kids:
		return n
	case m != nil && m.kids != nil && *m.kids == *kids:
		return m
	case size <= leafMost:
		leaf := make([]vectorEntry, 0, size)
		for _, k := range kids {
			leaf = k.appendTo(leaf)
		}
		return &vectorNode{size: size, leaf: leaf}
	}
	return &vectorNode{size: size, kids: kids}
}

func (n *vectorNode) len() int {
	if n == nil {
		return 0
	}
	return n.size
}

func (n *vectorNode) appendTo(entries []vectorEntry) []vectorEntry {
	if n == nil {
		return entries
	}
	if n.kids == nil {
		return append(entries, n.leaf...)
	}
	for _, k := range n.kids {
		entries = k.appendTo(entries)
	}
	return entries
}

// counter is the entry of r, zero if there is none.
func (n *vectorNode) counter(r ReplicaID) uint64 {
	for depth := 0; n != nil; depth++ {
		if n.kids == nil {
			if i, ok := findEntry(n.leaf, r); ok {
				return n.leaf[i].counter
			}
			return 0
		}
		n = n.kids[nibble(&r, depth)]
	}
	return 0
}

func findEntry(leaf []vectorEntry, r ReplicaID) (int, bool) {
	return slices.BinarySearchFunc(leaf, r, func(e vectorEntry, r ReplicaID) int { return e.replica.Compare(r) })
}

// with is the node in which r has the entry c, or none if c is zero.
func (n *vectorNode) with(r ReplicaID, c uint64, depth int) *vectorNode {
	if n.counter(r) == c {
		return n
	}
	return n.set(r, c, depth)
}

func (n *vectorNode) set(r ReplicaID, c uint64, depth int) *vectorNode {
	if n != nil && n.kids != nil {
		kids, i := *n.kids, nibble(&r, depth)
		kids[i] = kids[i].set(r, c, depth+1)
		return withKids(&kids, nil, nil)
	}
	var old []vectorEntry
	if n != nil {
		old = n.leaf
	}
	i, found := findEntry(old, r)
	leaf := make([]vectorEntry, 0, len(old)+1)
	leaf = append(leaf, old[:i]...)
	if c > 0 {
		leaf = append(leaf, vectorEntry{r, c})
	}
	if found {
		i++
	}
	return nodeOf(append(leaf, old[i:]...), depth)
}
