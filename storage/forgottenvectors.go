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
	entries int
}

// maxCachedEntries is how many vector entries are remembered before all are
// dropped.
const maxCachedEntries = 1 << 16

// load reads what is forgotten of a collection as r shows it.
func (c *vectorCache) load(r Reader, coll string) (crdt.Knowledge, error) {
	ranges, err := loadForgotten(r, coll)
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
		if len(v) > 0 {
			k = k.Raise(n.from, to, nil, v)
		}
	}
	return k, nil
}

func (c *vectorCache) get(r Reader, coll string, name vectorName) (crdt.VersionVector, error) {
	if name == (vectorName{}) {
		return nil, nil
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
		return nil, err
	}
	if v, err = crdt.ParseVector(b); err != nil {
		return nil, &DamagedError{Collection: coll, What: err.Error()}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries += len(v); c.vectors == nil || c.entries > maxCachedEntries {
		c.vectors, c.entries = map[vectorName]crdt.VersionVector{}, len(v)
	}
	c.vectors[name] = v
	return v, nil
}
