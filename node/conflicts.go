package node

import (
	"context"
	"iter"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// ConflictView is a document with its conflicts, as a person decides about
// them: each candidate says where it comes from.
type ConflictView struct {
	Document  *Document
	Conflicts []Conflict // in the order of their paths
}

// Conflict is a path at which concurrent edits left more than one content.
type Conflict struct {
	Path       string // JSON Pointer
	Kind       string // one of the crdt.Conflict constants
	Candidates []Candidate
}

// Candidate is one of the contents at a path; the first is shown to plain
// reads.
type Candidate struct {
	crdt.Candidate
	Origin Origin
}

// Origin is who wrote something: a replica, and as far as this node knows, the
// peer that it belongs to.
type Origin struct {
	Replica crdt.ReplicaID
	Peer    string // PeerID text; "" when it is not known whose replica it is
	Name    string // what the peer calls itself; "" when it never said
}

// String is the name of the peer, else its PeerID, else the short form of the
// replica.
func (o Origin) String() string {
	switch {
	case o.Name != "":
		return o.Name
	case o.Peer != "":
		return o.Peer
	}
	return o.Replica.String()
}

// Conflicts lists the documents that have conflicts, in the order of their
// keys, as of one moment. Breaking off frees everything. A failure is the last
// thing yielded.
func (c *Collection) Conflicts(ctx context.Context, o ListOptions) iter.Seq2[ConflictView, error] {
	return func(yield func(ConflictView, error) bool) {
		for d, err := range c.list(ctx, o, func(r storage.Record) bool { return r.Conflicted }) {
			if err != nil {
				yield(ConflictView{}, err)
				return
			}
			if !yield(viewConflicts(d), nil) {
				return
			}
		}
	}
}

// ConflictsOf shows the conflicts of one document; ErrNotFound when there is
// no document. One without conflicts has an empty list.
func (c *Collection) ConflictsOf(ctx context.Context, key string) (ConflictView, error) {
	d, err := c.Get(ctx, key)
	if err != nil {
		return ConflictView{}, err
	}
	return viewConflicts(d), nil
}

func viewConflicts(d *Document) ConflictView {
	v := ConflictView{Document: d}
	for _, found := range d.Conflicts() {
		conflict := Conflict{Path: found.Path, Kind: found.Kind}
		for _, candidate := range found.Candidates {
			conflict.Candidates = append(conflict.Candidates, Candidate{candidate, Origin{Replica: candidate.Dot.Replica}})
		}
		v.Conflicts = append(v.Conflicts, conflict)
	}
	return v
}
