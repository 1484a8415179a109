package node

import (
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/merkle"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// rangeTree is the tree of a range of keys as sessions see it.
type rangeTree struct{ *storage.RangeTree }

// Children lists the nodes below a node of the tree.
func (t rangeTree) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := t.RangeTree.Children(level, boundary)
	return sessionNodes(children), err
}

// Listing lists the documents of a leaf of the tree.
func (t rangeTree) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := t.RangeTree.Listing(boundary)
	return sessionLeaves(documents), err
}

// sessionNodes speaks the types of the session.
func sessionNodes(children []merkle.Child) []antientropy.Node {
	nodes := make([]antientropy.Node, len(children))
	for i, c := range children {
		nodes[i] = antientropy.Node{Boundary: c.Boundary, Hash: c.Hash}
	}
	return nodes
}

// sessionLeaves speaks the types of the session.
func sessionLeaves(documents []merkle.Document) []antientropy.Leaf {
	leaves := make([]antientropy.Leaf, len(documents))
	for i, d := range documents {
		leaves[i] = antientropy.Leaf{Key: d.Key, Digest: d.Digest}
	}
	return leaves
}
