package node

import (
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// replica is the store as sessions see it: only what is on stable storage.
type replica struct{ docs *storage.Documents }

// Collections lists the collections held here.
func (r replica) Collections() []string { return r.docs.Collections() }

// View opens a durable snapshot of a collection.
func (r replica) View(collection string) (antientropy.View, error) {
	v, err := r.docs.ViewDurable(collection)
	if err != nil {
		return nil, err
	}
	return replicaView{v}, nil
}

// replicaView speaks the types of the session.
type replicaView struct{ *storage.View }

// Record reads a document.
func (v replicaView) Record(key string) (antientropy.Record, error) {
	r, err := v.View.Record(key)
	return antientropy.Record{Heads: r.Heads, Body: r.Body}, err
}

// storedFrame speaks the types of the store.
func storedFrame(f antientropy.Frame) storage.Frame {
	docs := make([]storage.FrameDocument, len(f.Documents))
	for i, d := range f.Documents {
		docs[i] = storage.FrameDocument{Key: d.Key, Heads: d.Heads, Body: d.Body}
	}
	return storage.Frame{From: f.From, To: f.To, Base: f.Base, Vector: f.Vector, Documents: docs, Heads: f.Heads}
}

// Root adds the error that the session expects.
func (v replicaView) Root() (root [32]byte, ok bool, err error) { return treeRoot(v.View) }

// treeRoot is the hash of a collection's tree; ok is false while the tree does
// not show exactly what the view shows.
func treeRoot(v *storage.View) (root [32]byte, ok bool, err error) {
	root, ok = v.Root()
	return root, ok, nil
}

func (v replicaView) Height() (int, error) { panic("soon") }
func (v replicaView) Children(level int, boundary string) ([]antientropy.Node, error) {
	panic("soon")
}
func (v replicaView) Listing(boundary string) ([]antientropy.Leaf, error) { panic("soon") }
