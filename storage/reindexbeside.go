package storage

import (
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// reindexBeside makes the index of conflicts and the parts of a body agree with
// a record, and the record say of conflicts what its content does.
func (b *Batch) reindexBeside(coll string, rec Record) error {
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		return nil // damage, which another finding names
	}
	if is := doc.HasConflicts(); rec.Conflicted != is {
		was := heldOf(rec)
		if rec.Conflicted = is; rec.large != nil {
			rec.large = largeBodyOf(rec.Body)
		}
		if err := b.put(coll, was, rec); err != nil {
			return err
		}
	}
	if rec.Conflicted {
		err = b.set(conflictKey(coll, rec.Key), nil)
	} else {
		err = b.dropConflict(coll, rec.Key)
	}
	if err != nil {
		return err
	}
	return b.dropOrphans(coll, rec)
}

// dropConflict drops the entry of a document if there is one.
func (b *Batch) dropConflict(coll, key string) error {
	at := conflictKey(coll, key)
	_, err := b.tx.Get(at)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.del(at)
}

// dropOrphans drops the parts that are none of the record's body.
func (b *Batch) dropOrphans(coll string, rec Record) error {
	var l layout
	if rec.large != nil {
		var err error
		if l, err = (bodyReader{b.tx, coll, rec.Key}).layout(); err != nil {
			return err
		}
	}
	o := partsOf(coll, rec.Key)
	o.KeysOnly = true
	for item, err := range b.tx.Scan(o) {
		if err != nil {
			return err
		}
		_, kind, number, err := parsePartKey(coll, item.Key)
		if err != nil {
			return err
		}
		if rec.large != nil && l.has(rec.large, kind, number) {
			continue
		}
		if err := b.del(append([]byte(nil), item.Key...)); err != nil {
			return err
		}
	}
	return nil
}
