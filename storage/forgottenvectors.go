package storage

import (
	"errors"
	"sync"

	"github.com/crdtstore/crdtstore/crdt"
)

// vectorCache remembers vectors of what is forgotten, by their names: a
// session asks with every look at the store. The zero value is ready.
type vectorCache struct {
	mu      sync.Mutex
	vectors map[vectorName]crdt.VersionVector
	bytes   int
	none    map[string]bool // collections of which nothing is stored, as has been checked
}

// maxCachedBytes is how many bytes of vectors, as stored, are remembered before
// all are dropped.
const maxCachedBytes = 1 << 20

// load reads what is forgotten of a collection as r shows it.
func (c *vectorCache) load(r Reader, coll string) (crdt.Knowledge, error) {
	ranges, err := loadForgotten(r, coll)
	if err == nil && ranges == nil {
		err = c.nothing(r, coll)
	}
	if err != nil {
		return crdt.Knowledge{}, err
	}
	var k crdt.Knowledge
	for i, n := range ranges {
		to := ""
		if i+1 < len(ranges) {
			to = ranges[i+1].from
		}
		v, err := c.get(r, coll, n.name)
		if err != nil {
			return crdt.Knowledge{}, err
		}
		if !v.Equal(crdt.VersionVector{}) {
			k = k.Raise(n.from, to, crdt.VersionVector{}, v)
		}
	}
	return k, nil
}

// nothing makes sure, where there is no record of what is forgotten, that it was
// not lost: there is no vector that it would name. To look once is enough.
func (c *vectorCache) nothing(r Reader, coll string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.none[coll] {
		return nil
	}
	for _, err := range r.Scan(forgottenVectors(coll)) {
		if err == nil {
			err = &DamagedError{Collection: coll, What: "what is forgotten is missing"}
		}
		return err
	}
	if c.none == nil {
		c.none = map[string]bool{}
	}
	c.none[coll] = true
	return nil
}

// expect notes that something is about to be stored of a collection.
func (c *vectorCache) expect(coll string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.none, coll)
}

func (c *vectorCache) get(r Reader, coll string, name vectorName) (crdt.VersionVector, error) {
	if name == (vectorName{}) {
		return crdt.VersionVector{}, nil
	}
	c.mu.Lock()
	v, ok := c.vectors[name]
	c.mu.Unlock()
	if ok {
		return v, nil
	}
	b, err := getSealed(r, forgottenVectorKey(coll, name), coll, "a forgotten vector")
	if errors.Is(err, ErrNotFound) {
		err = &DamagedError{Collection: coll, What: "a forgotten vector is missing"}
	}
	if err != nil {
		return crdt.VersionVector{}, err
	}
	if v, err = crdt.ParseVector(b); err != nil {
		return crdt.VersionVector{}, &DamagedError{Collection: coll, What: err.Error()}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes += len(b); c.vectors == nil || c.bytes > maxCachedBytes {
		c.vectors, c.bytes = map[vectorName]crdt.VersionVector{}, len(b)
	}
	c.vectors[name] = v
	return v, nil
}
