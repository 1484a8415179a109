package storage

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// forgettable reports whether the removal of a document may be forgotten: its
// heads are all counted by the horizon and by what is known, and the tree shows
// that it is gone, since nothing would say so afterwards.
func forgettable(rec Record, horizon, known, hashed crdt.VersionVector) bool {
	if len(rec.Heads) == 0 || rec.Exists() {
		return false
	}
	for _, h := range rec.Heads {
		if !horizon.Has(h) || !known.Has(h) || !hashed.Has(h) {
			return false
		}
	}
	return true
}

// Forgettable lists, in key order from a key on, up to limit removed documents
// whose records Forget would drop, and where it has stopped: next is "" at the
// end of the key space.
func (v *View) Forgettable(horizon crdt.Knowledge, from string, limit int) (keys []string, next string, err error) {
	m, err := v.treeMark()
	if err != nil {
		return nil, "", err
	}
	for item, err := range v.snap.Scan(documentRange(v.coll, from, "")) {
		if err != nil {
			return nil, "", err
		}
		key := documentKeyOf(v.coll, item.Key)
		if len(keys) >= max(limit, 1) {
			return keys, key, nil
		}
		rec, err := recordOf(v.coll, key, item.Key, item.Value, v.replicaID)
		if err != nil {
			return nil, "", err
		}
		if !rec.Exists() && forgettable(rec, horizon.At(key), v.state.knowledge.At(key), m.hashed.At(key)) {
			keys = append(keys, key)
		}
	}
	return keys, "", nil
}

// Forget drops, in one commit, the records and index entries of removed
// documents, of which Forgettable has listed the keys in [from, to), and raises
// what is forgotten of [from, to) to the horizon, as far as what is known there
// covers it. A document that has changed since is left alone. to "" is the end of
// the key space. It returns how many were dropped; if there are none, nothing
// is written.
//
// More of [from, to) counts as forgotten than was dropped. That is as sound, and
// keeps the ranges few: a pass leaves two, one up to the last key it dropped or
// a little further.
func (b *Batch) Forget(coll string, horizon crdt.Knowledge, from, to string, keys []string) (dropped int, err error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return 0, err
	}
	m, err := b.treeMark(coll)
	if err != nil {
		return 0, b.note(err)
	}
	known := b.peek(coll).knowledge
	for _, key := range keys {
		if key < from || to != "" && key >= to {
			return 0, b.note(fmt.Errorf("forget %s/%s: not from %q to %q", coll, key, from, to))
		}
		rec, err := b.header(coll, key)
		if err != nil {
			return 0, b.note(err)
		}
		if !forgettable(rec, horizon.At(key), known.At(key), m.hashed.At(key)) {
			continue
		}
		if err := b.put(coll, heldOf(rec), Record{Key: key}); err != nil {
			return 0, err
		}
		dropped++
	}
	if dropped == 0 {
		return 0, nil
	}
	forgotten, err := b.forgottenOf(coll)
	if err != nil {
		return 0, b.note(err)
	}
	crdt.Overlay(horizon, known, func(f, t string, h, k crdt.VersionVector) {
		if f = max(f, from); to != "" && (t == "" || t > to) {
			t = to
		}
		if v := h.Least(k); !v.Equal(crdt.VersionVector{}) && (t == "" || f < t) {
			forgotten = forgotten.Raise(f, t, crdt.VersionVector{}, v)
		}
	})
	b.setForgotten(coll, forgotten)
	return dropped, nil
}

// forgetNothing makes ranges of keys, whose knowledge has become empty, ranges
// of which nothing is forgotten.
func (b *Batch) forgetNothing(coll string, ranges []crdt.Range) error {
	forgotten, err := b.forgottenOf(coll)
	if err != nil {
		return err
	}
	less := forgotten
	for _, r := range ranges {
		less = less.Forfeit(r.From, r.To)
	}
	if !less.Equal(forgotten) {
		b.setForgotten(coll, less)
	}
	return nil
}
