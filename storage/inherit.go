package storage

import "github.com/crdtstore/crdtstore/crdt"

// inherit counts as forgotten what the sender of a frame counts so, for the
// keys it was merged into. With a document comes that what was seen of it
// need not be in the past of its heads; with the vector of a range, that what
// it counts of keys without a record is forgotten. Only where neither comes, since there
// are no documents and the own vector covers what is forgotten, is there nothing to
// inherit.
func (b *Batch) inherit(coll string, f Frame, took []crdt.Range, refused []Refusal) error {
	if f.Forgotten.Equal(crdt.VersionVector{}) {
		return nil
	}
	forgotten, err := b.forgottenOf(coll)
	if err != nil {
		return b.note(err)
	}
	more := forgotten
	for _, r := range without(took, refused) {
		if len(f.Documents) > 0 || !r.Vector.Covers(f.Forgotten) {
			more = more.Raise(r.From, r.To, crdt.VersionVector{}, f.Forgotten)
		}
	}
	if !more.Equal(forgotten) {
		b.setForgotten(coll, more)
	}
	return nil
}
