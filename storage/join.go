package storage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// joined is one document after its merge, before it is stored.
type joined struct {
	was     held
	rec     Record
	own     crdt.VersionVector // under which it was merged
	changed bool               // the content is another
}

// joining is the merge of a frame, as far as nothing is written.
type joining struct {
	*Batch
	coll   string
	f      Frame
	m      *Merged
	vacant bool // there is no record of any key of the frame
	steps  int  // that checking texts has taken

	forgotten *crdt.Knowledge // here, once it was asked for
}

// forgottenAt is what is forgotten here of the range of a key.
func (w *joining) forgottenAt(key string) (crdt.VersionVector, error) {
	if w.forgotten == nil {
		f, err := w.forgottenOf(w.coll)
		if err != nil {
			return crdt.VersionVector{}, err
		}
		w.forgotten = &f
	}
	return w.forgotten.At(key), nil
}

// join merges the documents of the frame that take part, without writing, and
// notes which are wanted or refused. took are the keys that take part.
func (b *Batch) join(coll string, f Frame, own crdt.Knowledge, m *Merged) (out []joined, took []crdt.Range, err error) {
	docs, w := f.Documents, joining{Batch: b, coll: coll, f: f, m: m}
	var unrecorded unrecorded
	if w.vacant, err = b.vacant(coll, f); err != nil {
		return nil, nil, err
	}
	out = make([]joined, 0, len(docs))
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
		r = f.within(r)
		evident := false
		if r.Vector.Covers(f.Base) {
			if evident, err = b.evident(coll, f, r.From, r.To, r.Vector); err != nil {
				return nil, nil, err
			}
		}
		if !evident {
			m.Skipped = true
			continue
		}
		took = append(took, r)
		for _, doc := range part {
			if w.steps > b.d.steps {
				return nil, nil, fmt.Errorf("%s: %w: its texts take more than %d steps", coll, ErrTxTooBig, b.d.steps)
			}
			j, err := w.one(doc, r.Vector)
			if err != nil {
				err = m.leave(coll, doc.Key, err)
			}
			if unrecorded.add(err) {
				continue
			}
			if err != nil {
				return nil, nil, err
			}
			if j != nil {
				out = append(out, *j)
			}
		}
	}
	if unrecorded.first != nil {
		return nil, nil, unrecorded.first
	}
	return out, took, nil
}

// leave notes why a document of the frame was not joined; any other error is
// returned.
func (m *Merged) leave(coll, key string, err error) error {
	var refused *refusedError
	switch {
	case errors.Is(err, crdt.ErrNeedsWhole):
		m.Wanted = append(m.Wanted, key)
	case errors.As(err, &refused):
		m.Refused = append(m.Refused, Refusal{key, fmt.Errorf("%s/%s: %w", coll, key, refused.err)})
	default:
		return err
	}
	return nil
}

// refusedError is why a document of a frame cannot be merged: the fault is not
// this store's.
type refusedError struct{ err error }

func (e *refusedError) Error() string { return e.err.Error() }

func (e *refusedError) Unwrap() error { return e.err }

// one merges one document of the frame with the own one; nil means that
// nothing changes. own is the vector of the key's range. It fails
// with a *refusedError, crdt.ErrNeedsWhole, or as reading the own one does.
func (w *joining) one(doc FrameDocument, own crdt.VersionVector) (j *joined, err error) {
	rec := Record{Key: doc.Key}
	if !w.vacant {
		if rec, err = w.read(w.coll, doc.Key); err != nil {
			return nil, err
		}
	}
	if len(doc.Heads) == 0 {
		if len(rec.Heads) == 0 && !rec.Exists() {
			return nil, nil
		}
		if dots := w.contradicted(rec); len(dots) > 0 { // it stays as it is, and whoever counts it is told so
			if rec.Exists() {
				if _, err := w.sound(rec); err != nil { // it is to be vouched for
					return nil, err
				}
				w.m.Rescued = append(w.m.Rescued, Rescue{doc.Key, dots})
			}
			return nil, nil
		}
	}
	remote, err := crdt.DecodeDelta(doc.Body)
	if err != nil {
		return nil, &refusedError{err}
	}
	if !slices.Equal(rec.Heads, doc.Heads) || !bytes.Equal(rec.Body, doc.Body) {
		n, err := remote.CheckSteps(w.f.Vector)
		if w.steps += n; err != nil {
			return nil, &refusedError{err}
		}
		if j, err = w.record(rec, doc, remote, own); err != nil {
			return nil, err
		}
		if j != nil && len(j.rec.Heads) > len(rec.Heads) {
			if err := checkHeads(w.coll, j.rec); err != nil {
				return nil, err
			}
		}
	}
	w.m.MaxTime = max(w.m.MaxTime, remote.MaxTime())
	return j, nil
}

// record is one where rec is what the store holds, and remote, which was
// checked, the content of doc.
func (w *joining) record(rec Record, doc FrameDocument, remote *crdt.Document, own crdt.VersionVector) (*joined, error) {
	if len(rec.Heads) == 0 && !rec.Exists() {
		first, err := w.unheard(w.coll, doc, remote, own)
		if err != nil {
			return nil, err
		}
		if err := w.missed(doc.Key, own); err != nil {
			return nil, err
		}
		if first && !remote.Partial() { // it stays as it is
			return &joined{
				rec:     newRecord(doc.Key, doc.Heads, doc.Body, remote.HasConflicts()),
				own:     own,
				changed: !remote.IsEmpty(),
			}, nil
		}
	}
	local, err := crdt.Decode(rec.Body)
	if err != nil {
		return nil, &DamagedError{Collection: w.coll, Key: doc.Key, What: err.Error()}
	}
	forgotten, err := w.forgottenAt(doc.Key)
	if err != nil {
		return nil, err
	}
	merged, err := crdt.Merge(
		crdt.State{Document: local, Heads: rec.Heads, Context: own, Forgotten: forgotten},
		crdt.State{Document: remote, Heads: doc.Heads, Context: w.f.Vector, Forgotten: w.forgottenThere(rec, local)})
	switch {
	case errors.Is(err, crdt.ErrNeedsWhole):
		return nil, err
	case err != nil:
		return nil, &refusedError{err}
	}
	body := merged.Document.Canonical()
	if len(body) > crdt.MaxMerged {
		return nil, &refusedError{fmt.Errorf("%w: merged it would have %d bytes, at most %d are kept", crdt.ErrTooLarge, len(body), crdt.MaxMerged)}
	}
	w.m.Forged += merged.Forged
	if len(merged.Rescued) > 0 {
		w.m.Rescued = append(w.m.Rescued, Rescue{doc.Key, merged.Rescued})
	}
	if !merged.Changed && !merged.HeadsChanged {
		return nil, nil
	}
	was := heldOf(rec)
	if was.alone, err = w.sound(rec); err != nil {
		return nil, err
	}
	return &joined{
		was:     was,
		own:     own,
		rec:     newRecord(doc.Key, merged.Heads, body, merged.Document.HasConflicts()),
		changed: merged.Changed,
	}, nil
}
