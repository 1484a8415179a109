package storage

import "github.com/crdtstore/crdtstore/crdt"

// A merge writes what two sides have, and counts all that either has seen. If it builds on
// less than was here, because a disk has lost a record or an earlier one is back, whoever
// counts the rest and gets the result takes that rest for removed. The peer cannot tell it: so
// a base is looked at before a merge changes it (Law I). A local write does the same (see Listed).

// sound makes sure that the record which a merge is about to replace is the last one, as
// Listed does. alone reports whether no entry of its heads names another document.
func (w *joining) sound(rec Record) (alone bool, err error) {
	if len(rec.Heads) == 0 {
		return false, nil
	}
	return w.listed(w.coll, rec)
}

// missed fails with *DamagedError if there was a record of a document that has none. own is the vector of its
// range: where nothing is known nothing can have been lost.
func (w *joining) missed(key string, own crdt.VersionVector) error {
	if own.Len() == 0 {
		return nil
	}
	return w.lost(w.coll, key)
}
