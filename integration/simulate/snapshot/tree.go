package snapshot

import (
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/merkle"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// tree is a storage.RangeTree as a session wants it.
type tree struct{ *storage.RangeTree }

// Children lists the nodes below a node of the tree.
func (t tree) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := t.RangeTree.Children(level, boundary)
	return nodes(children), err
}

// Listing lists the documents of a leaf of the tree.
func (t tree) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := t.RangeTree.Listing(boundary)
	return leaves(documents), err
}

func nodes(children []merkle.Child) (all []antientropy.Node) {
	for _, c := range children {
		all = append(all, antientropy.Node{Boundary: c.Boundary, Hash: c.Hash})
	}
	return all
}

func leaves(documents []merkle.Document) (all []antientropy.Leaf) {
	for _, d := range documents {
		all = append(all, antientropy.Leaf{Key: d.Key, Digest: d.Digest})
	}
	return all
}
