package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// conflicted checks what is said of a record's conflicts; is, what the content
// says.
func (c *checker) conflicted(rec Record, is bool) error {
	if rec.Conflicted != is {
		return c.find(rec.Key, ProblemIndex, fmt.Sprintf("conflicts: %v, the record says %v", is, rec.Conflicted))
	}
	if !is {
		return nil
	}
	_, err := c.snap.Get(conflictKey(c.coll, rec.Key))
	if errors.Is(err, ErrNotFound) {
		return c.find(rec.Key, ProblemIndex, "its conflicts are not in the index")
	}
	return err
}

// conflicts checks that each entry of the index of conflicts belongs to a record
// that has some.
func (c *checker) conflicts(keys crdt.Range) error {
	for item, err := range c.snap.Scan(conflictRange(c.coll, keys.From, keys.To)) {
		if err != nil {
			return err
		}
		key := documentKeyOf(c.coll, item.Key)
		if c.isSpoilt(key) {
			continue
		}
		rec, err := getRecord(c.snap, c.replicas, c.coll, key)
		if err == nil && !rec.Conflicted {
			err = c.find(key, ProblemIndex, "no conflicts, but it is in their index")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parts checks that each part of a body belongs to a record. What a body lacks,
// its record has shown.
func (c *checker) parts(keys crdt.Range) error {
	var of Record // whose parts are read
	var l layout
	found := "" // the key of which something was found
	o := partRange(c.coll, keys.From, keys.To)
	o.KeysOnly = true
	for item, err := range c.snap.Scan(o) {
		if err != nil {
			return err
		}
		key, kind, number, err := parsePartKey(c.coll, item.Key)
		if err != nil {
			return err
		}
		if key == found || c.isSpoilt(key) {
			continue
		}
		if key != of.Key {
			if of, err = getRecord(c.snap, c.replicas, c.coll, key); err == nil && of.large != nil {
				l, err = bodyReader{c.snap, c.coll, key}.layout()
			}
			if err != nil {
				return err
			}
		}
		if of.large == nil || !l.has(of.large, kind, number) {
			found = key
			if err := c.find(key, ProblemIndex, fmt.Sprintf("part %d:%d is none of its body", kind, number)); err != nil {
				return err
			}
		}
	}
	return nil
}
