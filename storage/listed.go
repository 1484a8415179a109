package storage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// shared reports whether another document, which the dot index names for a head, has
// that head too: copies of one store wrote both under the same dots, and the index
// has room for one. Nothing was lost, and the next write of either, a repair at the latest,
// takes it out of the way.
func shared(r Reader, t *replicaTable, coll, key string, head crdt.Dot) bool {
	rec, err := getRecord(r, t, coll, key)
	return err == nil && slices.Contains(rec.Heads, head)
}

// Listed fails with a *DamagedError if the dot index does not know a head of rec, which
// Get has returned, or an entry that was dropped is there again: then the record is an earlier one, that has come back in place of
// what the index knows, perhaps with an earlier index, or the index has lost an entry. A change of it would
// spread, as a removal, the loss of what it has not heard of (Law I). It
// costs one read for each head.
func (b *Batch) Listed(coll string, rec Record) error {
	for _, h := range rec.Heads {
		n, ok := b.known(h.Replica)
		var key []byte
		err := ErrNotFound
		if ok {
			key, err = b.tx.Get(indexKey(coll, n, h.Counter))
		}
		if has, sure := b.enrols(coll, n, h.Counter); ok && err == nil && sure && !has {
			return &DamagedError{Collection: coll, Key: rec.Key, What: fmt.Sprintf("its head %s was replaced", h)}
		}
		switch {
		case errors.Is(err, ErrNotFound) || err == nil && string(key) != rec.Key && !shared(b.tx, b.replicas, coll, string(key), h):
			return &DamagedError{Collection: coll, Key: rec.Key, What: fmt.Sprintf("the index does not know its head %s", h)}
		case err != nil:
			return fmt.Errorf("%s/%s: %w", coll, rec.Key, err)
		}
	}
	return nil
}
