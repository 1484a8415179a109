package storage

import (
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// condemned is what a Forfeit drops: the records of the first keys, as far as
// limit goes, and all that is kept beside them.
type condemned struct {
	limit   int
	entries []condemnedEntry
	bound   string // keys from here on are left for later; "" is none
}

// condemnedEntry is a record or something beside it: an index entry, a conflict,
// a part of the body.
type condemnedEntry struct {
	key    string // of the document
	at     []byte // in the store
	entry  bool   // of the dot index, which may name other documents
	record bool
	live   bool // the record can be read, and the document exists
	gone   bool // the record cannot be read
}

// collect finds the entries of the ranges, never holding many more than limit.
func (c *condemned) collect(b *Batch, coll string, lost []crdt.Range) error {
	index := ScanOptions{Start: inCollection(spaceIndex, coll, 0), End: afterCollection(spaceIndex, coll)}
	for item, err := range b.tx.Scan(index) {
		if err != nil {
			return err
		}
		for key := range namedBy(item.Value) {
			if inRanges(lost, key) {
				c.add(condemnedEntry{key: key, at: slices.Clone(item.Key), entry: true})
			}
		}
	}
	for _, r := range lost {
		for item, err := range b.tx.Scan(documentRange(coll, r.From, r.To)) {
			if err != nil {
				return err
			}
			key := documentKeyOf(coll, item.Key)
			rec, err := recordOf(coll, key, item.Key, item.Value, b.replicaID)
			if !c.add(condemnedEntry{key: key, at: slices.Clone(item.Key), record: true, live: err == nil && rec.Exists(), gone: err != nil}) {
				break
			}
		}
		if err := c.collectBeside(b, coll, r); err != nil {
			return err
		}
	}
	return nil
}

// collectBeside finds conflicts and parts of bodies in a range.
func (c *condemned) collectBeside(b *Batch, coll string, r crdt.Range) error {
	for item, err := range b.tx.Scan(conflictRange(coll, r.From, r.To)) {
		if err != nil {
			return err
		}
		if !c.add(condemnedEntry{key: documentKeyOf(coll, item.Key), at: slices.Clone(item.Key)}) {
			break
		}
	}
	parts := partRange(coll, r.From, r.To)
	parts.KeysOnly = true
	for item, err := range b.tx.Scan(parts) {
		if err != nil {
			return err
		}
		key, _, _, err := parsePartKey(coll, item.Key)
		if err != nil {
			return err
		}
		if !c.add(condemnedEntry{key: key, at: slices.Clone(item.Key)}) {
			break
		}
	}
	return nil
}

// add takes an entry; it reports false if that is left for later.
func (c *condemned) add(e condemnedEntry) bool {
	if c.bound != "" && e.key >= c.bound {
		return false
	}
	c.entries = append(c.entries, e)
	if len(c.entries)/2 > c.limit {
		c.cut()
	}
	return true
}

// cut drops the entries of the last keys until limit is kept, and returns the
// first key that was ever dropped.
func (c *condemned) cut() (next string, more bool) {
	slices.SortStableFunc(c.entries, func(a, b condemnedEntry) int { return strings.Compare(a.key, b.key) })
	if len(c.entries) > c.limit {
		n := c.limit
		for n > 0 && c.entries[n-1].key == c.entries[n].key {
			n--
		}
		for n == 0 || n < len(c.entries) && c.entries[n-1].key == c.entries[n].key { // the first key as a whole
			n++
		}
		if n < len(c.entries) {
			c.bound = c.entries[n].key
			c.entries = c.entries[:n]
		}
	}
	return c.bound, c.bound != ""
}

// liveBelow is how many of all documents exist when the entries are gone;
// counted is false if that cannot be told from them: a record is damaged or
// missing, or there are none, and so the count itself is in question.
func (c *condemned) liveBelow(all uint64) (live uint64, counted bool) {
	records, recorded := 0, map[string]bool{}
	for _, e := range c.entries {
		if e.record {
			records++
			recorded[e.key] = true
			if e.gone || all == 0 && e.live {
				return 0, false
			}
			if e.live {
				all--
			}
		}
	}
	for _, e := range c.entries {
		if !recorded[e.key] {
			return 0, false
		}
	}
	return all, records > 0
}
