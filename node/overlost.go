package node

import (
	"context"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/storage"
)

// startsOver reports whether a transaction that has failed because a disk has lost the record of a document may be
// run again: it says all that this document is to be, without a look at what was there, and so needs nothing
// that was lost. The document was made unknown here for it. What is written then
// is concurrent to what peers have of it, and both are kept; had it begun the document anew under what is counted here,
// whoever has the good copy would take that for removed (Law I). It is said, and waits for no peer: who
// writes offline is not kept from it by what a disk has lost. given are the documents of which that was done before.
func (n *Node) startsOver(ctx context.Context, t *transaction, failed error, given map[string]bool) bool {
	var d *storage.DamagedError
	if !errors.As(failed, &d) || d.Collection != t.collection || len(d.Unrecorded) != 1 {
		return false
	}
	key, s := d.Unrecorded[0], n.scope.Load()
	if given[key] || !t.whole(key) || !s.has(t.collection, key) {
		return false
	}
	given[key] = true
	f := storage.Finding{Collection: t.collection, Key: key, Problem: storage.ProblemMissing,
		Detail: "it was lost before it was put again: both are kept where a peer has it"}
	all, err := n.giveUp(ctx, "", t.collection, s, []storage.Finding{f}, []string{key})
	if err != nil || !all {
		n.saw("", err)
		return false
	}
	n.sink.incident(IncidentEvent{Kind: Damage, Collection: f.Collection, Key: key, Detail: f.String()})
	return true
}

// whole reports whether what a transaction does to a document begins with a put of all of it that rests on nothing.
func (t *transaction) whole(key string) bool {
	if slices.ContainsFunc(t.reads, func(r read) bool { return r.collection == t.collection && r.key == key }) {
		return false
	}
	i := slices.IndexFunc(t.mutations, func(m *mutation) bool { return m.key == key })
	return i >= 0 && !t.mutations[i].put.IsZero() && !t.mutations[i].options.conditional()
}
