package storage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// address names a document.
type address struct{ coll, key string }

// held is what Write must know of the record that it replaces.
type held struct {
	heads      []crdt.Dot
	live       bool
	conflicted bool
	alone      bool       // the entries of its heads were seen to name no other, of which some may have come since (see Batch.joined)
	large      *largeBody // never modified
}

func heldOf(rec Record) held {
	return held{heads: rec.Heads, live: rec.Exists(), conflicted: rec.Conflicted, large: rec.large}
}

// Get reads one document as the transaction sees it: see Documents.Get. The
// Record stays valid after the Update.
func (b *Batch) Get(coll, key string) (Record, error) {
	rec, err := b.read(coll, key)
	if err != nil {
		return rec, err
	}
	b.held[address{coll, key}] = heldOf(rec)
	if rec.Body != nil && rec.large == nil {
		rec.Body = append(make([]byte, 0, len(rec.Body)), rec.Body...)
	}
	return rec, nil
}

// read is Get whose body is valid until the record is replaced.
func (b *Batch) read(coll, key string) (Record, error) {
	rec, err := b.header(coll, key)
	if err != nil {
		return rec, err
	}
	return b.d.complete(b.tx, coll, rec)
}

// header is read without a large body.
func (b *Batch) header(coll, key string) (Record, error) {
	k := documentKey(coll, key)
	value, err := b.tx.Get(k)
	if errors.Is(err, ErrNotFound) {
		return Record{Key: key}, nil
	}
	if err != nil {
		return Record{Key: key}, fmt.Errorf("%s/%s: %w", coll, key, err)
	}
	return recordOf(coll, key, k, value, b.replicaID)
}

// Seen is the version vector of the range that a key is in: what this replica
// has seen of the document there.
func (b *Batch) Seen(coll, key string) crdt.VersionVector { return b.peek(coll).knowledge.At(key) }

// put replaces the record of a document with all that is kept beside it: of
// its index entries, those of heads that are gone are dropped, one for each new
// head is added; conflicts are indexed; a large body is stored in parts. A
// record without heads and body is dropped.
func (b *Batch) put(coll string, was held, rec Record) error {
	if err := b.putIndex(coll, was, rec); err != nil {
		return err
	}
	if was.large != nil || rec.large != nil {
		var err error
		if rec.large, err = b.putBody(coll, was.large, rec); err != nil {
			return b.note(err)
		}
	}
	s := b.state(coll)
	if was.live {
		s.live--
	}
	if rec.Exists() {
		s.live++
	}
	if has := len(rec.Heads) > 0 || rec.Exists(); has != (len(was.heads) > 0 || was.live) {
		b.noteRecord(coll, rec.Key, !has)
	}
	key := documentKey(coll, rec.Key)
	at := address{coll, rec.Key}
	b.held[at] = heldOf(rec)
	b.d.bodies.replace(at, was.large, rec)
	if len(rec.Heads) == 0 && !rec.Exists() {
		return b.del(key)
	}
	value, err := appendRecord(unsealed(64+16*len(rec.Heads)+min(len(rec.Body), inlineBody)), rec, b.number)
	if err != nil {
		return err
	}
	return b.set(key, seal(key, value))
}

// putIndex brings the dot index and the index of conflicts from was to rec.
func (b *Batch) putIndex(coll string, was held, rec Record) error {
	for _, h := range was.heads {
		if !slices.Contains(rec.Heads, h) {
			n, err := b.number(h.Replica)
			if err != nil {
				return err
			}
			at := indexKey(coll, n, h.Counter)
			if _, joined := b.joined[string(at)]; was.alone && !joined {
				err = b.del(at)
			} else {
				err = b.leave(at, rec.Key)
			}
			if err != nil {
				return err
			}
		}
	}
	for _, h := range rec.Heads {
		if !slices.Contains(was.heads, h) {
			if err := b.indexHead(coll, rec.Key, h, len(rec.Heads)); err != nil {
				return err
			}
		} else if crowdOf(len(was.heads)) != crowdOf(len(rec.Heads)) {
			if err := b.recrowd(coll, rec.Key, h, len(rec.Heads)); err != nil {
				return err
			}
		}
	}
	switch {
	case rec.Conflicted && !was.conflicted:
		return b.set(conflictKey(coll, rec.Key), nil)
	case was.conflicted && !rec.Conflicted:
		return b.del(conflictKey(coll, rec.Key))
	}
	return nil
}
