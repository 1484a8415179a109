package storage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// evident reports whether the frame may be merged into [from, to), keys of one
// range with the own vector own: whether every document there that the sender
// may have removed and forgotten is in the frame.
//
// If own covers what the sender has forgotten, all its removals were seen
// here. Otherwise those are at stake which exist here, are not in the frame, and
// have a live change that the sender counts as forgotten. Where the two have been
// compared since, when this replica knew f.Compared, all documents that were
// not the same then are in the frame. What was compared is told by the vectors:
// a live change that f.Compared counts was live then, as long as own covers it
// still (Law E). Whatever else has come, from a third replica or written here,
// says that the frame cannot be taken.
func (b *Batch) evident(coll string, f Frame, from, to string, own crdt.VersionVector) (bool, error) {
	if own.Covers(f.Forgotten) {
		return true, nil
	}
	ok := true
	var err error
	crdt.Overlay(f.Compared, crdt.Knowledge{}, func(low, high string, compared, _ crdt.VersionVector) {
		if low = max(low, from); to != "" && (high == "" || high > to) {
			high = to
		}
		if !ok || err != nil || high != "" && low >= high {
			return
		}
		if !own.Covers(compared) { // given up since
			compared = crdt.VersionVector{}
		}
		e := evidence{b, coll, f, compared, map[string]bool{}}
		if compared.Equal(crdt.VersionVector{}) {
			ok, err = e.inRecords(low, high)
		} else {
			ok, err = e.inIndex(low, high, own)
		}
	})
	return ok, err
}

// evidence looks for documents that are at stake.
type evidence struct {
	b        *Batch
	coll     string
	f        Frame
	compared crdt.VersionVector
	seen     map[string]bool
}

// inRecords reports whether none of the documents in [from, to) is at stake.
func (e evidence) inRecords(from, to string) (bool, error) {
	for item, err := range e.b.tx.Scan(documentRange(e.coll, from, to)) {
		if err != nil {
			return false, err
		}
		if ok, err := e.of(documentKeyOf(e.coll, item.Key)); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// inIndex is inRecords for documents with a head that is not counted by what
// was compared; no other can have come since.
func (e evidence) inIndex(from, to string, own crdt.VersionVector) (bool, error) {
	for r := range own.Beyond(e.compared) {
		n, ok := e.b.known(r)
		if !ok {
			continue
		}
		for item, err := range e.b.tx.Scan(indexRange(e.coll, n, e.compared.Counter(r))) {
			if err != nil {
				return false, err
			}
			for key := range namedBy(item.Value) {
				if key < from || to != "" && key >= to {
					continue
				}
				if ok, err := e.of(key); !ok || err != nil {
					return false, err
				}
			}
		}
	}
	return true, nil
}

// of reports whether a document is not at stake.
func (e evidence) of(key string) (bool, error) {
	if e.seen[key] || e.f.lists(key) {
		return true, nil
	}
	e.seen[key] = true
	rec, err := e.b.read(e.coll, key)
	if err != nil || !rec.Exists() {
		return err == nil, err
	}
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		return false, &DamagedError{Collection: e.coll, Key: key, What: err.Error()}
	}
	for d := range doc.Dots() {
		if e.f.Forgotten.Has(d) && !e.compared.Has(d) {
			return false, nil
		}
	}
	return true, nil
}

// unheard makes sure that what this replica has seen of a document which it
// has no record of is forgotten; it reports whether it has seen nothing. If it has
// seen more, a record was lost, and joining would delete for everyone what the
// disk has lost (Law I). What a repair has united meanwhile may be of a copy that
// wrote other documents under the same dots: it counts as not seen.
func (b *Batch) unheard(coll string, doc FrameDocument, remote *crdt.Document, own crdt.VersionVector) (bool, error) {
	if own.Len() == 0 {
		return true, nil
	}
	seen := slices.DeleteFunc(dotsCountedBy(doc, remote, own), remote.UnitedSince(own))
	if len(seen) == 0 {
		return true, nil
	}
	forgotten, err := b.forgottenOf(coll)
	if err != nil {
		return false, err
	}
	for _, d := range seen {
		if !forgotten.At(doc.Key).Has(d) {
			return false, &DamagedError{Collection: coll, Key: doc.Key, Unrecorded: []string{doc.Key},
				What: fmt.Sprintf("%s was seen and not forgotten, but it has no record", d)}
		}
	}
	return false, nil
}

// unrecorded gathers the documents of a frame that unheard objects to: whoever has to
// give them up does so for all at once.
type unrecorded struct{ first *DamagedError }

// add reports whether err was of such a document.
func (u *unrecorded) add(err error) bool {
	var d *DamagedError
	if !errors.As(err, &d) || len(d.Unrecorded) == 0 {
		return false
	}
	if u.first == nil {
		u.first = d
		return true
	}
	u.first.Unrecorded = append(u.first.Unrecorded, d.Unrecorded...)
	return true
}

// dotsCountedBy lists the heads and live dots of a document that v counts.
func dotsCountedBy(doc FrameDocument, content *crdt.Document, v crdt.VersionVector) (counted []crdt.Dot) {
	for _, h := range doc.Heads {
		if v.Has(h) {
			counted = append(counted, h)
		}
	}
	for d := range content.Dots() {
		if v.Has(d) {
			counted = append(counted, d)
		}
	}
	return counted
}

// forgottenThere is what the sender has forgotten, but for the replicas under whose dots this store wrote the document
// behind a fork: what the sender has seen removed there was of another continuation.
func (w *joining) forgottenThere(rec Record, doc *crdt.Document) crdt.VersionVector {
	if len(w.own.forks) == 0 || w.f.Forgotten.Len() == 0 {
		return w.f.Forgotten
	}
	latest, said := w.latestOwn(w.coll, rec.Heads, doc), crdt.Counters{}
	for r, n := range w.f.Forgotten.All() {
		said[r] = n
	}
	for d := range doc.Dots() {
		if w.f.Forgotten.Has(d) && w.forked(w.coll, d, latest) {
			delete(said, d.Replica)
		}
	}
	return said.Vector()
}

// contradicted lists, in order of Dot.Compare, the changes of a document held here
// which a sender that says it is not there has seen, and does not count as forgotten, or
// can only have seen of another continuation of this store's past (see fork).
// Then its word is no removal: under those dots it may have known what a copy of a store
// wrote elsewhere, or it has lost the record, or lies (Law I).
func (w *joining) contradicted(rec Record) (dots []crdt.Dot) {
	f := w.f
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		return nil // the own record is damaged, as joining it says
	}
	latest := w.latestOwn(w.coll, rec.Heads, doc)
	for _, d := range dotsCountedBy(FrameDocument{Heads: rec.Heads}, doc, f.Vector) {
		if !f.Forgotten.Has(d) || w.forked(w.coll, d, latest) {
			dots = append(dots, d)
		}
	}
	slices.SortFunc(dots, crdt.Dot.Compare)
	return slices.Compact(dots)
}
