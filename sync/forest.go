package antientropy

import (
	"crypto/sha256"
	"encoding/binary"
)

// forest is the trees of several runs of keys beside each other, as one: below
// its root is the root of each. A tree that is lower than another one stands on
// nodes with a single child.
type forest []grove

// grove is the tree of a run of keys.
type grove struct {
	from string
	tree Tree
}

// edge is what the forest calls the nodes that begin at "" in the tree; no key
// is called so.
func (g grove) edge() string {
	if g.from == "" {
		return ""
	}
	return g.from + "\x00"
}

// Root hashes how many documents each tree has, and its root; that of no tree
// is zero.
func (f forest) Root() (root [32]byte, documents uint64) {
	if len(f) == 0 {
		return root, 0
	}
	h := sha256.New()
	for _, g := range f {
		r, n := g.tree.Root()
		documents += n
		h.Write(binary.BigEndian.AppendUint64(nil, n))
		h.Write(r[:])
	}
	h.Sum(root[:0])
	return root, documents
}

// Height is one above the highest tree.
func (f forest) Height() int {
	top := 0
	for _, g := range f {
		top = max(top, g.tree.Height()+1)
	}
	return top
}

// Children lists the roots of the trees, below the root, or what one of them
// has below a node.
func (f forest) Children(level int, boundary string) ([]Node, error) {
	if level == f.Height() {
		var roots []Node
		for _, g := range f {
			root, _ := g.tree.Root()
			roots = append(roots, Node{Boundary: g.edge(), Hash: root})
		}
		return roots, nil
	}
	g, at := f.at(boundary)
	if level > g.tree.Height() {
		root, _ := g.tree.Root()
		return []Node{{Boundary: boundary, Hash: root}}, nil
	}
	below, err := g.tree.Children(level, at)
	for i, n := range below {
		if n.Boundary == "" {
			below[i].Boundary = g.edge()
		}
	}
	return below, err
}

// Listing lists the documents of a leaf.
func (f forest) Listing(boundary string) ([]Leaf, error) {
	if len(f) == 0 {
		return nil, nil
	}
	g, at := f.at(boundary)
	return g.tree.Listing(at)
}

// at finds the tree of a node, and what the node is called there.
func (f forest) at(boundary string) (g grove, at string) {
	g = f[0]
	for _, other := range f {
		if other.from <= boundary {
			g = other
		}
	}
	if boundary == g.edge() {
		return g, ""
	}
	return g, boundary
}
