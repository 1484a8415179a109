package storage

import "github.com/crdtstore/crdtstore/crdt"

// Witness takes a dot that goes into no document. What is known of every key
// was covered by what this replica knows now when the dot was taken, and
// vectors only travel whole, so whoever counts the dot for a key has seen all
// that this replica knows of that key: one dot says what a vector of any size
// does. It is like a removal of nothing: no index entry, no body, an own counter
// that is one further.
func (b *Batch) Witness(coll string, ts crdt.Timestamp) (crdt.Dot, error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return crdt.Dot{}, err
	}
	w := b.Begin(coll, ts)
	d := w.Dot()
	return d, b.count(coll, w, nil)
}
