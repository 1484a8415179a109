package node

import (
	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// replica is the store as sessions see it: only what is on stable storage.
// Damage that a session meets there ends it, and is looked after (see
// antientropy.Close).
type replica struct {
	disk  *disk
	rolls *rolls
}

// Collections lists the collections held here.
func (r replica) Collections() []string { return r.disk.docs.Collections() }

// View opens a durable snapshot of a collection.
func (r replica) View(collection string) (antientropy.View, error) {
	v, err := r.disk.durable(collection)
	if err != nil {
		return nil, err
	}
	return replicaView{v, r.rolls, collection}, nil
}

// replicaView speaks the types of the session.
type replicaView struct {
	*storage.View
	rolls      *rolls
	collection string
}

// Candidates is the store's. Where all of the dot index has to be read first, that is done beside the session, which
// goes on with everything else.
func (v replicaView) Candidates(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	ready, err := v.View.Listable(peer, from)
	if err == nil && !ready {
		err = v.rolls.want(v.collection)
	}
	if err != nil {
		return nil, false, err
	}
	return v.View.Candidates(peer, from, limit)
}

// Record reads a document. One with changes that are not counted is damage: no peer
// takes a frame with it.
func (v replicaView) Record(key string) (antientropy.Record, error) {
	r, err := v.View.Record(key)
	if err == nil && !coversAll(v.Knowledge().At(key), r.Heads) {
		err = &storage.DamagedError{Collection: v.collection, Key: key, What: "it holds changes that are not counted"}
	}
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
	r.Reduced = len(r.Body) < whole
	return r, err
}

// Children lists the nodes below a node of the tree.
func (v replicaView) Children(level int, boundary string) ([]antientropy.Node, error) {
	children, err := v.View.Children(level, boundary)
	return sessionNodes(children), err
}

// Listing lists the documents of a leaf of the tree.
func (v replicaView) Listing(boundary string) ([]antientropy.Leaf, error) {
	documents, err := v.View.Listing(boundary)
	return sessionLeaves(documents), err
}

// Part gives the tree of the documents of a range of keys.
func (v replicaView) Part(from, to string) (antientropy.Tree, bool, error) {
	t, ok, err := v.View.Part(from, to)
	if err != nil || !ok {
		return nil, false, err
	}
	return rangeTree{t}, true, nil
}

// storedFrame speaks the types of the store.
func storedFrame(f antientropy.Frame) storage.Frame {
	docs := make([]storage.FrameDocument, len(f.Documents))
	for i, d := range f.Documents {
		docs[i] = storage.FrameDocument{Key: d.Key, Heads: d.Heads, Body: d.Body}
	}
	return storage.Frame{From: f.From, To: f.To, Base: f.Base, Vector: f.Vector, Forgotten: f.Forgotten, Compared: f.Compared, Documents: docs, Heads: f.Heads}
}
