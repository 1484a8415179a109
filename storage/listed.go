package storage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// shared reports whether another document, which an entry of the dot index names for a head, has
// that head too: copies of one store wrote both under the same dots, and entries of format 4
// had room for one. Nothing was lost, and the next write of either, a repair at the latest,
// takes it out of the way.
func shared(r Reader, t *replicaTable, coll string, entry []byte, head crdt.Dot) bool {
	for key := range namedBy(entry) {
		if rec, err := getRecord(r, t, coll, key); err == nil && slices.Contains(rec.Heads, head) {
			return true
		}
	}
	return false
}

// twins calls fn with the heads of records, from a key on, for which the index names
// another document that has them too (see shared). It costs one read for each head.
func (s source) twins(from string, fn func(key string, head crdt.Dot)) error {
	for item, err := range s.r.Scan(documentRange(s.coll, from, "")) {
		if err != nil {
			return err
		}
		key := documentKeyOf(s.coll, item.Key)
		rec, err := recordOf(s.coll, key, item.Key, item.Value, s.id)
		if err != nil {
			return err
		}
		for _, h := range rec.Heads {
			n, ok := s.number(h.Replica)
			if !ok {
				continue
			}
			entry, err := s.r.Get(indexKey(s.coll, n, h.Counter))
			if errors.Is(err, ErrNotFound) || err == nil && names(entry, key) {
				continue
			}
			if err != nil {
				return err
			}
			first, _, _ := bytes.Cut(entry, []byte{betweenKeys})
			other := parseNamed(first).key
			at := documentKey(s.coll, other)
			value, err := s.r.Get(at)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if twin, err := recordOf(s.coll, other, at, value, s.id); err == nil && slices.Contains(twin.Heads, h) {
				fn(key, h)
			}
		}
	}
	return nil
}

// Listed fails with a *DamagedError if the dot index does not know a head of rec, which
// Get has returned, or an entry that was dropped is there again: then the record is an earlier one, that has come back in place of
// what the index knows, perhaps with an earlier index, or the index has lost an entry. A change of it would
// spread, as a removal, the loss of what it has not heard of (Law I). It
// costs one read for each head. A record that is not there is looked for among those
// that should be: if it was lost, Unrecorded has its key.
func (b *Batch) Listed(coll string, rec Record) error {
	if len(rec.Heads) == 0 && !rec.Exists() {
		return b.begins(coll, rec.Key)
	}
	alone, err := b.listed(coll, rec)
	if at := (address{coll, rec.Key}); alone {
		if h, ok := b.held[at]; ok && slices.Equal(h.heads, rec.Heads) {
			h.alone = true
			b.held[at] = h
		}
	}
	return err
}

// listed is Listed; alone reports whether the entries of all heads name no other document.
func (b *Batch) listed(coll string, rec Record) (alone bool, err error) {
	alone = true
	for _, h := range rec.Heads {
		n, ok := b.known(h.Replica)
		var entry []byte
		err := ErrNotFound
		if ok {
			entry, err = b.tx.Get(indexKey(coll, n, h.Counter))
		}
		if has, sure := b.enrols(coll, n, h.Counter); ok && err == nil && sure && !has {
			return false, &DamagedError{Collection: coll, Key: rec.Key, What: fmt.Sprintf("its head %s was replaced", h)}
		}
		switch {
		case errors.Is(err, ErrNotFound) || err == nil && !names(entry, rec.Key) && !shared(b.tx, b.replicas, coll, entry, h):
			return false, &DamagedError{Collection: coll, Key: rec.Key, What: fmt.Sprintf("the index does not know its head %s", h)}
		case err != nil:
			return false, fmt.Errorf("%s/%s: %w", coll, rec.Key, err)
		}
		if crowd := crowdIn(entry, rec.Key); !fits(crowd, len(rec.Heads)) {
			return false, lacksHeads(coll, rec, crowd)
		}
		alone = alone && solely(entry, rec.Key)
	}
	return alone, nil
}
