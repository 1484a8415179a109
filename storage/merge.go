package storage

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Merge joins a frame of another replica into a collection (Laws A, B, C, G,
// J). Only keys in ranges whose vector covers the frame's base take part; the
// rest is skipped. There, each listed document is merged with the own one,
// what is not listed stays, and the vector of the range is raised by the
// frame's. It fails with ErrFrame and ErrUnsigned, which leave no trace, with
// ErrDamaged when an own document that takes part cannot be read, and with
// crdt.ErrTooLarge when one would exceed crdt.MaxMerged, which takes more than
// two replicas that fill it while apart; that leaves no trace either.
//
// If the frame counts further for the own replica than this store remembers,
// or proves that its past was continued elsewhere, a new incarnation is taken
// in the same commit (Law F), even if all its keys are skipped.
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
	if m.Clone, err = b.cloned(coll, f); err != nil {
		return m, err
	}
	m.Renewed = m.Clone || f.Vector[b.own.current] > b.counter(coll)
	results, applies, err := b.join(coll, f, s.knowledge, &m)
	if err != nil {
		return Merged{}, err
	}
	if m.Renewed {
		if err := b.Renew(); err != nil {
			return Merged{}, err
		}
	}
	if !applies {
		return m, nil
	}
	for _, j := range results {
		if err := b.store(coll, j, &m); err != nil {
			return Merged{}, fmt.Errorf("%s/%s: %w", coll, j.rec.Key, err)
		}
	}
	if known := s.knowledge.Raise(f.From, f.To, f.Base, f.Vector); !known.Equal(s.knowledge) {
		m.Raised = true
		b.state(coll).knowledge = known
	}
	for _, h := range heads {
		if err := b.storeHead(coll, h); err != nil {
			return Merged{}, err
		}
	}
	return m, nil
}

// joined is one document after its merge, before it is stored.
type joined struct {
	was     held
	rec     Record
	own     crdt.VersionVector // under which it was merged
	changed bool               // the content is another
}

// join merges the documents of the frame that take part, without writing.
// applies is false if no key of the frame takes part.
func (b *Batch) join(coll string, f Frame, own crdt.Knowledge, m *Merged) (out []joined, applies bool, err error) {
	docs := f.Documents
	for _, r := range own.Ranges() {
		if r.To != "" && r.To <= f.From || f.To != "" && r.From >= f.To {
			continue
		}
		n := 0
		for n < len(docs) && r.Contains(docs[n].Key) {
			n++
		}
		part := docs[:n]
		docs = docs[n:]
		if !r.Vector.Covers(f.Base) {
			m.Skipped = true
			continue
		}
		applies = true
		for _, doc := range part {
			j, err := b.joinOne(coll, doc, r.Vector, f.Vector, m)
			if err != nil {
				return nil, false, err
			}
			if j != nil {
				out = append(out, *j)
			}
		}
	}
	return out, applies, nil
}

// joinOne merges one document of a frame with the own one; nil means that
// nothing changes. own and theirs are the vectors of the key's range.
func (b *Batch) joinOne(coll string, doc FrameDocument, own, theirs crdt.VersionVector, m *Merged) (*joined, error) {
	rec, err := b.read(coll, doc.Key)
	if err != nil {
		return nil, err
	}
	remote, err := decodeFrom(coll, doc, theirs)
	if err != nil {
		return nil, err
	}
	m.MaxTime = max(m.MaxTime, remote.MaxTime())
	if slices.Equal(rec.Heads, doc.Heads) && bytes.Equal(rec.Body, doc.Body) {
		return nil, nil
	}
	if len(rec.Heads) == 0 && !rec.Exists() {
		return joinAbsent(coll, doc, remote, own)
	}
	local, err := crdt.Decode(rec.Body)
	if err != nil {
		return nil, &DamagedError{Collection: coll, Key: doc.Key, What: err.Error()}
	}
	merged, err := crdt.Merge(
		crdt.State{Document: local, Heads: rec.Heads, Context: own},
		crdt.State{Document: remote, Heads: doc.Heads, Context: theirs})
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", coll, doc.Key, err)
	}
	m.Forged += merged.Forged
	if !merged.Changed && !merged.HeadsChanged {
		return nil, nil
	}
	body := merged.Document.Canonical()
	if len(body) > crdt.MaxMerged {
		return nil, fmt.Errorf("%s/%s: %w: merged it would have %d bytes, at most %d are kept", coll, doc.Key, crdt.ErrTooLarge, len(body), crdt.MaxMerged)
	}
	return &joined{
		was:     heldOf(rec),
		own:     own,
		rec:     newRecord(doc.Key, merged.Heads, body, merged.Document.HasConflicts()),
		changed: merged.Changed,
	}, nil
}

// joinAbsent merges a document that this replica has never heard of: it stays
// as it is. If own has seen some of it there should be a record, since removed
// documents keep one; then it was lost, and joining would delete for everyone
// what the disk has lost (Law I).
func joinAbsent(coll string, doc FrameDocument, remote *crdt.Document, own crdt.VersionVector) (*joined, error) {
	seen := slices.ContainsFunc(doc.Heads, own.Has)
	for dot := range remote.Dots() {
		seen = seen || own.Has(dot)
	}
	if seen {
		return nil, &DamagedError{Collection: coll, Key: doc.Key, What: "its changes were seen, but it has no record"}
	}
	return &joined{
		rec:     newRecord(doc.Key, doc.Heads, doc.Body, remote.HasConflicts()),
		own:     own,
		changed: !remote.IsEmpty(),
	}, nil
}

// decodeFrom reads the content of a frame's document, all of which the
// frame's vector must cover.
func decodeFrom(coll string, doc FrameDocument, theirs crdt.VersionVector) (*crdt.Document, error) {
	d, err := crdt.Decode(doc.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %s/%s: %w", ErrFrame, coll, doc.Key, err)
	}
	if !d.CoveredBy(theirs) {
		return nil, fmt.Errorf("%w: %s/%s: content that the frame's vector %s does not cover", ErrFrame, coll, doc.Key, theirs)
	}
	return d, nil
}

// store writes one merged document.
func (b *Batch) store(coll string, j joined, m *Merged) error {
	if err := b.put(coll, j.was, j.rec); err != nil {
		return err
	}
	if !j.changed {
		return nil
	}
	m.Changed = append(m.Changed, j.rec.Key)
	return b.stale(coll, j.rec, j.own)
}

// cloned reports whether a head in the frame, signed by an own incarnation,
// contradicts what this store has written.
func (b *Batch) cloned(coll string, f Frame) (bool, error) {
	for _, h := range f.Heads {
		if _, own := b.own.nonceOf(h.Replica()); !own {
			continue
		}
		if err := h.Verify(coll); err != nil {
			return false, fmt.Errorf("%w: %w", ErrUnsigned, err)
		}
		if clone, err := b.contradicts(coll, h); clone || err != nil {
			return clone, err
		}
	}
	return false, nil
}
