package node

import (
	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// replica is the store as sessions see it: only what is on stable storage.
// Damage that a session meets ends it, and is looked after.
type replica struct {
	disk *disk
	saw  func(error)
}

// Collections lists the collections held here.
func (r replica) Collections() []string { return r.disk.docs.Collections() }

// View opens a durable snapshot of a collection.
func (r replica) View(collection string) (antientropy.View, error) {
	v, err := r.disk.durable(collection)
	if err != nil {
		r.saw(err)
		return nil, err
	}
	return replicaView{v, r.saw}, nil
}

// replicaView speaks the types of the session.
type replicaView struct {
	*storage.View
	saw func(error)
}

// Candidates lists the keys of documents that the peer lacks.
func (v replicaView) Candidates(peer crdt.Knowledge, from string, limit int) ([]string, bool, error) {
	keys, more, err := v.View.Candidates(peer, from, limit)
	v.saw(err)
	return keys, more, err
}

// SignedHead gives the newest head that a replica has signed.
func (v replicaView) SignedHead(r crdt.ReplicaID) (crdt.SignedHead, bool, error) {
	h, ok, err := v.View.SignedHead(r)
	v.saw(err)
	return h, ok, err
}

// Root gives the root of the tree, if it is hashed at what the view shows.
func (v replicaView) Root() ([32]byte, bool, error) {
	root, ok, err := v.View.Root()
	v.saw(err)
	return root, ok, err
}

// Height is the level of the root of the tree.
func (v replicaView) Height() (int, error) {
	h, err := v.View.Height()
	v.saw(err)
	return h, err
}

// Record reads a document.
func (v replicaView) Record(key string) (antientropy.Record, error) {
	r, err := v.View.Record(key)
	v.saw(err)
	return antientropy.Record{Heads: r.Heads, Body: r.Body}, err
}

// reducible is the size from which on a document may be worth reducing.
const reducible = 1 << 10

// Delta reads a document for a peer that holds what seen counts.
func (v replicaView) Delta(key string, seen crdt.VersionVector) (antientropy.Record, error) {
	r, err := v.Record(key)
	if err != nil || len(r.Body) < reducible {
		return r, err
	}
	whole := len(r.Body)
	r.Body, err = v.View.Delta(key, seen)
	v.saw(err)
	r.Reduced = len(r.Body) < whole
	return r, err
}

// storedFrame speaks the types of the store.
func storedFrame(f antientropy.Frame) storage.Frame {
	docs := make([]storage.FrameDocument, len(f.Documents))
	for i, d := range f.Documents {
		docs[i] = storage.FrameDocument{Key: d.Key, Heads: d.Heads, Body: d.Body}
	}
	return storage.Frame{From: f.From, To: f.To, Base: f.Base, Vector: f.Vector, Forgotten: f.Forgotten, Compared: f.Compared, Documents: docs, Heads: f.Heads}
}

// Children lists the nodes below a node of the tree.
func (v replicaView) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := v.View.Children(level, boundary)
	v.saw(err)
	return sessionNodes(children), err
}

// Listing lists the documents of a leaf of the tree.
func (v replicaView) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := v.View.Listing(boundary)
	v.saw(err)
	return sessionLeaves(documents), err
}

// Part gives the tree of the documents of a range of keys.
func (v replicaView) Part(from, to string) (antientropy.Tree, bool, error) {
	t, ok, err := v.View.Part(from, to)
	v.saw(err)
	if err != nil || !ok {
		return nil, false, err
	}
	return rangeTree{t, v}, true, nil
}

// RangeRoot gives the root of the tree of a range of keys.
func (v replicaView) RangeRoot(from, to string) ([32]byte, uint64, bool, error) {
	root, documents, ok, err := v.View.RangeRoot(from, to)
	v.saw(err)
	return root, documents, ok, err
}

// Split gives keys that cut the documents into about equal parts.
func (v replicaView) Split(parts int) ([]string, error) {
	cuts, err := v.View.Split(parts)
	v.saw(err)
	return cuts, err
}
