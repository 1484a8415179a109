package storage

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt"
)

// ScrubPlace is how far the scrub of a collection has come: first through its
// documents in key order, then through its dot index, the signed heads, the own
// fingerprints, and what is kept of the collection as a whole. "" is the beginning.
type ScrubPlace string

// Scrubbed is what one step of a scrub has done.
type Scrubbed struct {
	Next      ScrubPlace // where the next step goes on; "" when the collection is done
	Read      int        // bytes of records, bodies and entries that it checked
	Documents int        // records that it checked
	Findings  []Finding  // at most MaxFindings
}

// ScrubStep checks about limit bytes of a collection from at on, as
// VerifyRange would, but at the cost of what it checks: records, bodies, index
// of conflicts and tree of a run of keys, heads against the dot index; when
// all keys are done, a run of the index against the records, and so on. It changes
// nothing. What changes between two steps is checked as the step finds it. Of
// documents that are not in the ranges held, which are in order, it says nothing:
// they are being dropped.
func (d *Documents) ScrubStep(coll string, at ScrubPlace, held []crdt.Range, limit int) (s Scrubbed, err error) {
	v, err := d.View(coll)
	if errors.Is(err, ErrDamaged) {
		s.Findings = []Finding{unreadable(coll, err)}
		return s, nil
	}
	if err != nil {
		return s, err
	}
	var found []Finding
	c := &checker{View: v, bad: map[string]bool{}, held: held, found: func(f Finding) error {
		if found = append(found, f); len(found) >= MaxFindings {
			return errEnough
		}
		return nil
	}}
	space, from := byte(spaceDocument), string(at)
	if from != "" {
		space, from = from[0], from[1:]
	}
	switch space {
	case spaceIndex:
		s, err = c.scrubIndex(from, limit)
	case spaceSignedHead:
		s, err = c.scrubHeads(from, limit)
	case spaceFingerprint:
		s, err = c.scrubFingerprints(from, limit)
	case spaceCollection:
		s.Read, err = keptReads, c.kept()
	default:
		s, err = c.scrubDocuments(from, limit)
	}
	s.Findings = found
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err = errors.Join(err, v.Close()); err != nil {
		return s, fmt.Errorf("scrub %s: %w", coll, err)
	}
	return s, nil
}

// scrubDocuments checks the documents from a key on.
func (c *checker) scrubDocuments(from string, limit int) (s Scrubbed, err error) {
	keys := crdt.Range{From: from}
	for item, err := range c.snap.Scan(documentRange(c.coll, from, "")) {
		if err != nil {
			return s, err
		}
		key := documentKeyOf(c.coll, item.Key)
		if s.Read >= limit {
			keys.To = key
			break
		}
		s.Documents++
		s.Read += len(item.Key) + len(item.Value)
		if rec, err := recordOf(c.coll, key, item.Key, item.Value, c.replicaID); err == nil && rec.large != nil {
			s.Read += rec.large.length
		}
	}
	s.Next = ScrubPlace(spaceDocument) + ScrubPlace(keys.To)
	if keys.To == "" {
		s.Next = ScrubPlace(spaceIndex)
	}
	for _, check := range []func(crdt.Range) error{c.records, c.conflicts, c.parts, c.leaves} {
		if err := check(keys); err != nil {
			return s, err
		}
	}
	return s, nil
}

// scrubIndex checks the entries of the dot index from where the one before has
// ended.
func (c *checker) scrubIndex(from string, limit int) (s Scrubbed, err error) {
	entries := ScanOptions{
		Start: append(inCollection(spaceIndex, c.coll, len(from)), from...),
		End:   afterCollection(spaceIndex, c.coll),
	}
	for item, err := range c.snap.Scan(entries) {
		if err != nil {
			return s, err
		}
		if s.Read >= limit {
			s.Next = ScrubPlace(spaceIndex) + ScrubPlace(item.Key[len(inCollection(spaceIndex, c.coll, 0)):])
			return s, nil
		}
		s.Read += len(item.Key) + len(item.Value) + indexReads
		for key := range namedBy(item.Value) {
			err := c.entry(item.Key, key)
			if errors.Is(err, ErrDamaged) {
				err = c.find(key, ProblemRecord, err.Error())
			}
			if err != nil {
				return s, err
			}
		}
	}
	s.Next = ScrubPlace(spaceSignedHead)
	return s, nil
}

// scrubHeads checks signed heads from the replica on whose number is from.
func (c *checker) scrubHeads(from string, limit int) (s Scrubbed, err error) {
	first := uint64(0)
	if from != "" {
		if first, err = strconv.ParseUint(from, 10, 32); err != nil {
			return s, fmt.Errorf("no replica number: %w", err)
		}
	}
	next, read, more, err := c.heads(replicaNumber(first), limit)
	s.Read, s.Next = read, ScrubPlace(spaceFingerprint)
	if more {
		s.Next = ScrubPlace(spaceSignedHead) + ScrubPlace(strconv.FormatUint(uint64(next), 10))
	}
	return s, err
}

// scrubFingerprints checks the own fingerprints from where the step before has
// ended.
func (c *checker) scrubFingerprints(from string, limit int) (s Scrubbed, err error) {
	next, read, err := c.fingerprints(from, limit)
	s.Read, s.Next = read, ScrubPlace(spaceCollection)
	if next != nil {
		s.Next = ScrubPlace(spaceFingerprint) + ScrubPlace(next[len(inCollection(spaceFingerprint, c.coll, 0)):])
	}
	return s, err
}

// keptReads is about what is read to check what is kept of a collection as a
// whole.
const keptReads = 4 << 10

// indexReads is about what is read to check an entry, besides itself: the page
// of its record.
const indexReads = 1 << 10
