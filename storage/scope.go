package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

const metaScope = "scope"

// Scope is what SetScope has kept last; ok is false if it never was called.
func (d *Documents) Scope() (scope []byte, ok bool, err error) {
	err = d.store.View(func(r Reader) error {
		b, err := getSealed(r, metaKey(metaScope), "", "the scope")
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		scope, ok = append([]byte(nil), b...), err == nil
		return err
	})
	return scope, ok, err
}

// SetScope keeps, in the same commit as all else, what says which keys this
// store is to hold. It means nothing to the store.
func (b *Batch) SetScope(scope []byte) error { return b.setMeta(metaScope, scope) }

// Holds reports whether there is a record, damaged or not, of a document with a
// key in [from, to), removed or not; to "" is the end of the key space.
func (b *Batch) Holds(coll, from, to string) (bool, error) {
	records := documentRange(coll, from, to)
	records.KeysOnly = true
	for _, err := range b.tx.Scan(records) {
		return err == nil, err
	}
	return false, nil
}

// Leave makes ranges of keys unknown, in order and without overlap, because
// they are not to be held here any more: what is known and what is forgotten of
// them becomes empty. If nothing is known of them, nothing changes. Their documents must be dropped next (see Drop), and not
// be read, written or shown to a peer before that has come to its end.
//
// A replica counts its own changes as seen for all keys. If there may be some in
// the ranges a new incarnation is taken, so that it does not do so for what it
// no longer has (Law F).
func (b *Batch) Leave(coll string, left []crdt.Range) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	was := b.peek(coll).knowledge
	known := was
	for _, r := range left {
		known = known.Forfeit(r.From, r.To)
	}
	if known.Equal(was) {
		return nil
	}
	m, err := b.treeMark(coll)
	if err != nil {
		return b.note(err)
	}
	if err := b.forgetNothing(coll, left); err != nil {
		return b.note(err)
	}
	for _, r := range left {
		m.hashed = m.hashed.Forfeit(r.From, r.To)
		m.add(span{r.From, r.To})
	}
	b.state(coll).knowledge = known
	b.setTreeMark(coll, m)
	if b.counter(coll) == 0 {
		return nil
	}
	return b.Renew()
}

// Drop deletes about limit documents of a range that was left, and all that is
// kept beside them; of damaged ones only the record, the rest is for Strays.
// next is the key to go on from; fewer than limit were dropped when no record of
// the range is there any more.
func (b *Batch) Drop(coll, from, to string, limit int) (next string, dropped int, err error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return "", 0, err
	}
	next, dropped, err = b.drop(coll, from, to, max(limit, 1))
	if err != nil {
		return "", 0, b.note(fmt.Errorf("drop %s from %q: %w", coll, from, err))
	}
	return next, dropped, nil
}

func (b *Batch) drop(coll, from, to string, limit int) (next string, dropped int, err error) {
	var keys []string
	next = to
	records := documentRange(coll, from, to)
	records.KeysOnly = true
	for item, err := range b.tx.Scan(records) {
		if err != nil {
			return "", 0, err
		}
		key := documentKeyOf(coll, item.Key)
		if len(keys) == limit {
			next = key
			break
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return next, 0, nil
	}
	if len(keys) == limit && next == to { // "" would be the first key of all
		next = keys[limit-1] + "\x00"
	}
	m, err := b.treeMark(coll)
	if err != nil {
		return "", 0, err
	}
	m.cover(span{from, to})
	b.setTreeMark(coll, m)
	for _, key := range keys {
		rec, err := b.header(coll, key)
		if errors.Is(err, ErrDamaged) {
			delete(b.held, address{coll, key})
			b.noteRecord(coll, key, true)
			err = b.del(documentKey(coll, key)) // what is beside it is for Strays
		} else if err == nil {
			err = b.put(coll, heldOf(rec), Record{Key: key})
		}
		if err != nil {
			return "", 0, err
		}
	}
	return next, len(keys), nil
}
