package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// ScrubPlace is how far the scrub of a collection has come: first through its
// documents in key order, then through its dot index. "" is the beginning.
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
// all keys are done, a run of the index against the records. It changes
// nothing. What changes between two steps is checked as the step finds it.
func (d *Documents) ScrubStep(coll string, at ScrubPlace, limit int) (s Scrubbed, err error) {
	v, err := d.View(coll)
	if err != nil {
		return s, err
	}
	c := &checker{View: v, bad: map[string]bool{}}
	if start := string(at); start != "" && start[0] == spaceIndex {
		s, err = c.scrubIndex(start[1:], limit)
	} else {
		s, err = c.scrubDocuments(start[min(1, len(start)):], limit)
	}
	s.Findings = c.found
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
		err = c.entry(item)
		if errors.Is(err, ErrDamaged) {
			err = c.find(string(item.Value), ProblemRecord, err.Error())
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// indexReads is about what is read to check an entry, besides itself: the page
// of its record.
const indexReads = 1 << 10
