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
	if key := d.Unrecorded[0]; given[key] || !t.whole(key) {
		return false
	}
	return n.startOver(ctx, t, given)
}

// startOver makes the documents unknown of a transaction that needs nothing that was lost, and of which a disk has lost the record: all at
// once, for sessions end by it. It reports whether there were any. As soon as there is a peer the rest of the collection is looked at, so
// that what else was lost ends no session when it is written.
func (n *Node) startOver(ctx context.Context, t *transaction, given map[string]bool) bool {
	s := n.scope.Load()
	lost, err := n.lostUnder(ctx, t, s, given)
	if err != nil || len(lost) == 0 {
		return false
	}
	findings := make([]storage.Finding, len(lost))
	for i, key := range lost {
		given[key] = true
		findings[i] = storage.Finding{Collection: t.collection, Key: key, Problem: storage.ProblemMissing,
			Detail: "it was lost before it was put again: both are kept where a peer has it"}
	}
	all, err := n.giveUp(ctx, "", t.collection, s, findings, lost)
	if err != nil || !all {
		n.saw("", err)
		return false
	}
	for _, f := range findings {
		n.sink.incident(IncidentEvent{Kind: Damage, Collection: f.Collection, Key: f.Key, Detail: f.String()})
	}
	if n.mesh == nil {
		return true
	}
	n.unhealed.Store(t.collection, true) // before the look: who comes behind it sees that
	if len(n.mesh.live()) > 0 {
		n.checkUnhealed("", t.collection)
	}
	return true
}

// lostUnder lists, in order, the documents that t puts whole and of which a disk has lost the record, without those given.
func (n *Node) lostUnder(ctx context.Context, t *transaction, s *scope, given map[string]bool) (lost []string, err error) {
	var keys []string
	for _, m := range t.mutations {
		if !given[m.key] && t.whole(m.key) && s.has(t.collection, m.key) {
			keys = append(keys, m.key)
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	err = n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
		lost = nil
		for _, key := range keys {
			rec, err := b.Get(t.collection, key)
			if err != nil {
				continue // damaged in another way: the transaction will say so
			}
			var d *storage.DamagedError
			if errors.As(b.Listed(t.collection, rec), &d) && slices.Contains(d.Unrecorded, key) {
				lost = append(lost, key)
			}
		}
		return nil
	}})
	return lost, err
}

// whole reports whether what a transaction does to a document begins with a put of all of it that rests on nothing.
func (t *transaction) whole(key string) bool {
	if slices.ContainsFunc(t.reads, func(r read) bool { return r.collection == t.collection && r.key == key }) {
		return false
	}
	i := slices.IndexFunc(t.mutations, func(m *mutation) bool { return m.key == key })
	return i >= 0 && !t.mutations[i].put.IsZero() && !t.mutations[i].options.conditional()
}
