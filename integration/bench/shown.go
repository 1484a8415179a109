package main

import (
	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/merkle"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// shown is a shelf as a session wants it.
type shown struct{ *shelf }

// View implements antientropy.Replica. Shelves are synced before they are
// shown.
func (s shown) View(coll string) (antientropy.View, error) {
	v, err := s.Documents.View(coll)
	if err != nil {
		return nil, err
	}
	return shownView{v}, nil
}

type shownView struct{ *storage.View }

// Record implements antientropy.View.
func (v shownView) Record(key string) (antientropy.Record, error) {
	r, err := v.View.Record(key)
	return antientropy.Record{Heads: r.Heads, Body: r.Body}, err
}

// Delta implements antientropy.View: documents here have no texts.
func (v shownView) Delta(key string, _ crdt.VersionVector) (antientropy.Record, error) {
	return v.Record(key)
}

// Children implements antientropy.View.
func (v shownView) Children(level int, boundary string) ([]antientropy.Node, error) {
	c, err := v.View.Children(level, boundary)
	return shownNodes(c), err
}

// Listing implements antientropy.View.
func (v shownView) Listing(boundary string) ([]antientropy.Leaf, error) {
	d, err := v.View.Listing(boundary)
	return shownLeaves(d), err
}

// Part implements antientropy.View.
func (v shownView) Part(from, to string) (antientropy.Tree, bool, error) {
	t, ok, err := v.View.Part(from, to)
	if err != nil || !ok {
		return nil, false, err
	}
	return shownTree{t}, true, nil
}

type shownTree struct{ *storage.RangeTree }

// Children implements antientropy.Tree.
func (t shownTree) Children(level int, boundary string) ([]antientropy.Node, error) {
	c, err := t.RangeTree.Children(level, boundary)
	return shownNodes(c), err
}

// Listing implements antientropy.Tree.
func (t shownTree) Listing(boundary string) ([]antientropy.Leaf, error) {
	d, err := t.RangeTree.Listing(boundary)
	return shownLeaves(d), err
}

func shownNodes(children []merkle.Child) (nodes []antientropy.Node) {
	for _, c := range children {
		nodes = append(nodes, antientropy.Node{Boundary: c.Boundary, Hash: c.Hash})
	}
	return nodes
}

func shownLeaves(documents []merkle.Document) (leaves []antientropy.Leaf) {
	for _, d := range documents {
		leaves = append(leaves, antientropy.Leaf{Key: d.Key, Digest: d.Digest})
	}
	return leaves
}
