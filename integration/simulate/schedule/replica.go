package schedule

import (
	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// replica gives a session the documents of a peer.
type replica struct{ p *peer }

func (r replica) Collections() []string { return r.p.docs.Collections() }

func (r replica) View(coll string) (antientropy.View, error) {
	v, err := r.p.w.seams.view(r.p, coll)
	if err != nil {
		return nil, err
	}
	return r.p.w.seams.show(r.p, coll, view{v}), nil
}

// view is a storage.View as a session wants it.
type view struct{ *storage.View }

func (v view) Record(key string) (antientropy.Record, error) {
	r, err := v.View.Record(key)
	return antientropy.Record{Heads: r.Heads, Body: r.Body}, err
}

func (v view) Delta(key string, seen crdt.VersionVector) (antientropy.Record, error) {
	r, err := v.Record(key)
	if err != nil {
		return r, err
	}
	whole := len(r.Body)
	r.Body, err = v.View.Delta(key, seen)
	r.Reduced = len(r.Body) < whole
	return r, err
}

func (v view) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := v.View.Children(level, boundary)
	return nodesOf(children), err
}

func (v view) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := v.View.Listing(boundary)
	return leavesOf(documents), err
}

func (v view) Part(from, to string) (antientropy.Tree, bool, error) {
	t, ok, err := v.View.Part(from, to)
	if err != nil || !ok {
		return nil, false, err
	}
	return tree{t}, true, nil
}

// tree is a storage.RangeTree as a session wants it.
type tree struct{ *storage.RangeTree }

func (t tree) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := t.RangeTree.Children(level, boundary)
	return nodesOf(children), err
}

func (t tree) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := t.RangeTree.Listing(boundary)
	return leavesOf(documents), err
}

func nodesOf(children []merkle.Child) (nodes []antientropy.Node) {
	for _, c := range children {
		nodes = append(nodes, antientropy.Node{Boundary: c.Boundary, Hash: c.Hash})
	}
	return nodes
}

func leavesOf(documents []merkle.Document) (leaves []antientropy.Leaf) {
	for _, d := range documents {
		leaves = append(leaves, antientropy.Leaf{Key: d.Key, Digest: d.Digest})
	}
	return leaves
}

// frameOf is a frame as the store wants it.
func frameOf(f antientropy.Frame) storage.Frame {
	g := storage.Frame{From: f.From, To: f.To, Base: f.Base, Vector: f.Vector, Forgotten: f.Forgotten, Compared: f.Compared, Heads: f.Heads}
	for _, d := range f.Documents {
		g.Documents = append(g.Documents, storage.FrameDocument(d))
	}
	return g
}
