package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// ErrWriter is returned by Write when its dots are not the ones that Begin
// gave out last for the collection, or do not fit the documents. Nothing is
// written.
var ErrWriter = errors.New("dots do not continue the own counter")

// Written is one document of a local transaction.
type Written struct {
	Key string
	// Document is the new content, empty when it is removed.
	Document *crdt.Document
	// Head is the last dot that the change of this document took.
	Head crdt.Dot
}

// Begin starts a local transaction in a collection: it gives the Writer that
// hands out the dots behind the own counter, all with timestamp ts. Nothing is
// counted until Write.
func (b *Batch) Begin(coll string, ts crdt.Timestamp) *crdt.Writer {
	return crdt.NewWriter(b.own.current, b.counter(coll)+1, ts)
}

// counter is the own counter of the current incarnation in coll.
func (b *Batch) counter(coll string) uint64 {
	if s := b.look(coll); s.own.replica == b.own.current {
		return s.own.counter
	}
	return 0
}

// Mark raises the HLC high-water mark to ts, in the same commit. Changes that
// are written raise it by themselves; it is for a clock that was drawn ahead
// by others.
func (b *Batch) Mark(coll string, ts crdt.Timestamp) {
	if ts > b.look(coll).mark {
		b.state(coll).mark = ts
	}
}

// Write stores a local transaction: every document that was changed with w,
// which Begin gave out. All dots of w must have gone into the documents, each
// of which may appear once; what they replace is what Get returns in this
// Batch. If w took no dots there is nothing to write. It fails with *DamagedError, and writes
// nothing, if a document has no record and should have one: see Listed.
func (b *Batch) Write(coll string, w *crdt.Writer, docs []Written) error {
	if w.Taken() == 0 && len(docs) == 0 {
		return nil
	}
	if err := b.checkWrite(coll, w, docs); err != nil {
		return err
	}
	recs := make([]Record, len(docs))
	was := make([]held, len(docs))
	heads := make([]crdt.Dot, len(docs)) // in one piece
	for i, doc := range docs {
		var err error
		if was[i], err = b.holds(coll, doc.Key); err != nil {
			return err
		}
		if len(was[i].heads) == 0 && !was[i].live {
			if err := b.begins(coll, doc.Key); err != nil {
				return err
			}
		}
		heads[i] = doc.Head
		recs[i] = newRecord(doc.Key, heads[i:i+1:i+1], doc.Document.Canonical(), doc.Document.HasConflicts())
	}
	for i, rec := range recs {
		if err := b.put(coll, was[i], rec); err != nil {
			return fmt.Errorf("%s/%s: %w", coll, rec.Key, err)
		}
	}
	return b.count(coll, w, recs)
}

// checkWrite refuses what Write documents as ErrWriter.
func (b *Batch) checkWrite(coll string, w *crdt.Writer, docs []Written) error {
	first := w.Next - w.Taken()
	if w.Replica != b.own.current || first != b.counter(coll)+1 {
		return fmt.Errorf("%w: %s: from %s, the own counter is %s", ErrWriter, coll,
			crdt.Dot{Replica: w.Replica, Counter: first}, crdt.Dot{Replica: b.own.current, Counter: b.counter(coll)})
	}
	var keys map[string]struct{}
	if len(docs) > 1 {
		keys = make(map[string]struct{}, len(docs))
	}
	last := uint64(0)
	for _, doc := range docs {
		if err := checkAddress(coll, doc.Key); err != nil {
			return err
		}
		if doc.Head.Replica != w.Replica || doc.Head.Counter < first || doc.Head.Counter >= w.Next {
			return fmt.Errorf("%w: %s/%s: head %s", ErrWriter, coll, doc.Key, doc.Head)
		}
		if _, twice := keys[doc.Key]; twice {
			return fmt.Errorf("%w: %s/%s: written twice", ErrWriter, coll, doc.Key)
		}
		if keys != nil {
			keys[doc.Key] = struct{}{}
		}
		last = max(last, doc.Head.Counter)
	}
	if last != w.Next-1 {
		return fmt.Errorf("%w: %s: dots up to %d, but no document has one after %d", ErrWriter, coll, w.Next-1, last)
	}
	return nil
}

// holds is what the store holds of a document, from memory if b has seen it.
func (b *Batch) holds(coll, key string) (held, error) {
	if h, ok := b.held[address{coll, key}]; ok {
		return h, nil
	}
	rec, err := b.header(coll, key)
	return heldOf(rec), err
}

// count moves the own counter, its chain and the clock mark behind w.
func (b *Batch) count(coll string, w *crdt.Writer, recs []Record) error {
	s := b.state(coll)
	if s.own.replica != w.Replica {
		if err := b.retire(coll, s); err != nil {
			return err
		}
		if err := b.unused(coll, w.Replica); err != nil {
			return b.note(err)
		}
		s.own, s.slot = ownHead{replica: w.Replica}, nil
	}
	s.own.chain = s.own.chainWith(w, recs)
	s.own.counter, s.own.time = w.Next-1, w.Time
	s.mark, s.uncounted = max(s.mark, w.Time), true
	return b.remember(coll, s)
}

// retire keeps the counter of an earlier incarnation, so that it can still be
// signed, where it does not burden every commit.
func (b *Batch) retire(coll string, s *state) error {
	if s.own.counter == 0 {
		return nil
	}
	s.countOwn()
	n, err := b.number(s.own.replica)
	if err != nil {
		return err
	}
	key := ownKey(coll, n)
	return b.set(key, seal(key, s.own.appendBinary(unsealed(ownHeadSize))))
}
