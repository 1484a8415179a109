package storage

import "github.com/crdtstore/crdtstore/crdt"

// signedCounters remembers up to which counter there is a stored signed head of a
// replica in a collection. Any of it may be read from the store instead, so all of
// it is dropped when it has grown to maxSigned. The zero value is ready.
type signedCounters struct {
	of   map[string]map[crdt.ReplicaID]uint64
	size int
}

// maxSigned is how many counters are remembered, of about 80 bytes each.
const maxSigned = 1 << 18

func (c *signedCounters) get(coll string, r crdt.ReplicaID) (counter uint64, ok bool) {
	counter, ok = c.of[coll][r]
	return counter, ok
}

func (c *signedCounters) set(coll string, r crdt.ReplicaID, counter uint64) {
	if _, ok := c.of[coll][r]; !ok {
		if c.size++; c.size > maxSigned {
			*c = signedCounters{size: 1}
		}
	}
	if c.of == nil {
		c.of = map[string]map[crdt.ReplicaID]uint64{}
	}
	if c.of[coll] == nil {
		c.of[coll] = map[crdt.ReplicaID]uint64{}
	}
	c.of[coll][r] = counter
}
