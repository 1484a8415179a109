package storage

import (
	"bytes"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Merge joins a frame of another replica into a collection (Laws A, B, C, G,
// J). Only keys in ranges whose vector covers the frame's base take part; the
// rest is skipped, and leaves nothing but the frame's signed heads. There, each listed document is merged with the own one,
// what is not listed stays, and the vector of the range is raised by the
// frame's.
//
// A document that came reduced to what this replica should lack, and builds on
// what is not here, is wanted whole: then nothing of the frame but its signed
// heads is written (see Merged.Wanted). A document that cannot be merged is
// refused: all others are merged, and the vector is raised for all keys but
// that one, which so stays unknown as far as the frame goes (see
// Merged.Refused).
//
// It fails with ErrFrame and ErrUnsigned, which leave no trace, and with
// ErrDamaged when an own document that takes part cannot be read, or the record that would be changed was lost,
// or is an earlier one: whoever counts the rest would take it for removed (Law I). ErrTxTooBig
// may also mean that the texts of several documents take too many steps for one
// transaction, which others wait for. ErrUnread means that the dot index has to be read first.
//
// If the frame counts further for the own replica than this store remembers,
// or proves that it was continued elsewhere, a new incarnation is taken
// in the same commit (Law F), even if all its keys are skipped or some of its
// documents wanted: the proof is in the signed heads, which do not come again.
func (b *Batch) Merge(coll string, f Frame) (Merged, error) {
	var m Merged
	if err := crdt.CheckCollection(coll); err != nil {
		return m, err
	}
	if err := f.check(coll); err != nil {
		return m, err
	}
	s := b.peek(coll)
	heads, err := b.believe(coll, f, &s)
	if err != nil {
		return m, err
	}
	now := false
	if m.Clone, now, err = b.cloned(coll, f); err != nil {
		return m, err
	}
	m.Renewed, m.Twin = now || b.overtaken(coll, f), b.twin(heads)
	results, took, err := b.join(coll, f, s.knowledge, &m)
	if err != nil {
		return Merged{}, err
	}
	known := s.knowledge
	if len(m.Wanted) == 0 {
		if known, err = f.raise(coll, known, took, m.Refused); err != nil {
			return Merged{}, err
		}
	}
	if m.Renewed {
		if err := b.Renew(); err != nil {
			return Merged{}, err
		}
	}
	if err := b.storeHeads(coll, heads); err != nil { // whatever becomes of it: the frames behind it are on their way, and count on them
		return Merged{}, err
	}
	if len(m.Wanted) > 0 {
		return Merged{Wanted: m.Wanted, Clone: m.Clone, Renewed: m.Renewed, Twin: m.Twin}, nil
	}
	if len(took) == 0 {
		return m, nil
	}
	if err := b.inherit(coll, f, took, m.Refused); err != nil {
		return Merged{}, err
	}
	b.hashFresh(coll, f, took, known, results, m.Refused)
	for _, j := range results {
		if err := b.store(coll, j, &m); err != nil {
			return Merged{}, fmt.Errorf("%s/%s: %w", coll, j.rec.Key, err)
		}
	}
	if !known.Equal(s.knowledge) {
		m.Raised = true
		b.state(coll).know(known)
	}
	return m, nil
}

// store writes one merged document.
func (b *Batch) store(coll string, j joined, m *Merged) error {
	if j.rec.large != nil {
		j.rec.Body = bytes.Clone(j.rec.Body) // it is remembered, and may be a piece of the frame
	}
	if err := b.put(coll, j.was, j.rec); err != nil {
		return err
	}
	if j.changed {
		m.Changed = append(m.Changed, j.rec.Key)
	}
	return b.stale(coll, j.rec, j.own) // a head that said so may be gone
}

// cloned reports whether a head in the frame, signed by an own incarnation,
// contradicts what this store has written, and whether by the present one: of an
// earlier one it says nothing about what was taken since, and comes again and again.
func (b *Batch) cloned(coll string, f Frame) (clone, now bool, err error) {
	for _, h := range f.Heads {
		if _, own := b.own.nonceOf(h.Replica()); !own {
			continue
		}
		if err := h.Verify(coll); err != nil {
			return false, false, fmt.Errorf("%w: %w", ErrUnsigned, err)
		}
		contradicts, err := b.contradicts(coll, h)
		if err != nil {
			return false, false, err
		}
		if err := b.fork(coll, h, contradicts); err != nil {
			return false, false, err
		}
		clone = clone || contradicts
		now = now || contradicts && h.Replica() == b.own.current
	}
	return clone, now, nil
}

// overtaken reports whether the frame counts further for the own replica than this
// store does, or has a head of it, which cloned has verified, that does.
func (b *Batch) overtaken(coll string, f Frame) bool {
	last := f.Vector.Counter(b.own.current)
	for _, h := range f.Heads {
		if h.Replica() == b.own.current {
			last = max(last, h.Counter)
		}
	}
	return last > b.counter(coll)
}
