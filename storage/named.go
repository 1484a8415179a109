package storage

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// naming is an entry of the dot index by which a candidate was found.
type naming struct {
	named
	dot crdt.Dot
}

// sortNamings puts entries in order of keys.
func sortNamings(all []naming) {
	slices.SortFunc(all, func(a, b naming) int { return cmp.Compare(a.key, b.key) })
}

// bearsOut fails with *DamagedError unless a record has all the heads by which it was
// found, and as many as the index says: one that lacks some is an earlier one, or one that began anew where a record
// was lost. A frame with it would claim changes that it does not bring, and the peer
// would take them for removed (Law I).
func (c *sortedKeys) bearsOut(coll string, rec Record) error {
	if c == nil || c.many {
		return nil
	}
	i, _ := slices.BinarySearchFunc(c.named, rec.Key, func(n naming, key string) int { return cmp.Compare(n.key, key) })
	for ; i < len(c.named) && c.named[i].key == rec.Key; i++ {
		switch d, crowd := c.named[i].dot, c.named[i].crowd; {
		case len(rec.Heads) == 0:
			return &DamagedError{Collection: coll, Key: rec.Key, What: "the index names it, but it has no record"}
		case !slices.Contains(rec.Heads, d):
			return &DamagedError{Collection: coll, Key: rec.Key, What: fmt.Sprintf("the index names %s, and the record has not heard of it", d)}
		case !fits(crowd, len(rec.Heads)):
			return lacksHeads(coll, rec, crowd)
		}
	}
	return nil
}
