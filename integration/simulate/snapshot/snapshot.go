package snapshot

import (
	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Reducible is the size, in bytes, from which on package node reduces a document.
const Reducible = 1 << 10

// View is a snapshot of a store as a session wants it, with documents reduced
// that have reducible bytes or more. To close it closes v.
func View(v *storage.View, reducible int) antientropy.View { return view{v, reducible} }

type view struct {
	*storage.View
	reducible int
}

// Record reads a document.
func (v view) Record(key string) (antientropy.Record, error) {
	r, err := v.View.Record(key)
	return antientropy.Record{Heads: r.Heads, Body: r.Body}, err
}

// Delta reads a document for a peer that holds what seen counts.
func (v view) Delta(key string, seen crdt.VersionVector) (antientropy.Record, error) {
	r, err := v.Record(key)
	if err != nil || len(r.Body) < v.reducible {
		return r, err
	}
	whole := len(r.Body)
	r.Body, err = v.View.Delta(key, seen)
	r.Reduced = len(r.Body) < whole
	return r, err
}

// Children lists the nodes below a node of the tree.
func (v view) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := v.View.Children(level, boundary)
	return nodes(children), err
}

// Listing lists the documents of a leaf of the tree.
func (v view) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := v.View.Listing(boundary)
	return leaves(documents), err
}

// Part gives the tree of the documents of a range of keys.
func (v view) Part(from, to string) (antientropy.Tree, bool, error) {
	t, ok, err := v.View.Part(from, to)
	if err != nil || !ok {
		return nil, false, err
	}
	return tree{t}, true, nil
}

// Frame is a frame of a session as the store wants it.
func Frame(f antientropy.Frame) storage.Frame {
	g := storage.Frame{From: f.From, To: f.To, Base: f.Base, Vector: f.Vector, Forgotten: f.Forgotten, Compared: f.Compared, Heads: f.Heads}
	for _, d := range f.Documents {
		g.Documents = append(g.Documents, storage.FrameDocument{Key: d.Key, Heads: d.Heads, Body: d.Body})
	}
	return g
}
