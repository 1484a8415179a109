package storage

import "github.com/crdtstore/crdtstore/crdt"

// leastDelta is the length of a body from which it is worth to look for what a
// peer lacks.
const leastDelta = 1 << 10

// Delta is the body of a document for a peer that has seen the changes seen of
// its key: with each large text reduced to the events that the peer lacks, or
// whole, as Record gives it, if that saves nothing. It is valid until Close.
// Such a partial body is for Merge at a peer, which may want the whole
// instead (see Merged.Wanted); it has no version of its own.
func (v *View) Delta(key string, seen crdt.VersionVector) ([]byte, error) {
	rec, err := v.Record(key)
	if err != nil || len(rec.Body) < leastDelta {
		return rec.Body, err
	}
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		return nil, &DamagedError{Collection: v.coll, Key: key, What: err.Error()}
	}
	if reduced := doc.Reduce(seen); reduced != nil {
		return reduced, nil
	}
	return rec.Body, nil
}
