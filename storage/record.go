package storage

import (
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// Record is what the store holds under the key of a document.
type Record struct {
	Key string
	// Heads are the dots of the latest changes, in order of dots: one, unless
	// changes were concurrent. A removed document keeps the heads of its
	// removal; a document that never was has none.
	Heads []crdt.Dot
	// Body is the document's canonical bytes; empty when the document is
	// removed or never was. It must not be modified.
	Body []byte
	// Conflicted reports that concurrent values wait to be resolved.
	Conflicted bool

	large *largeBody // what the record says of a body that is not in it
}

// newRecord is the record of a document that is to be stored.
func newRecord(key string, heads []crdt.Dot, body []byte, conflicted bool) Record {
	return Record{Key: key, Heads: heads, Body: body, Conflicted: conflicted, large: largeBodyOf(body)}
}

// Digest is the SHA-256 of the Body: the hash inside the version. That of a
// large body is at hand.
func (r Record) Digest() [32]byte {
	if r.large != nil {
		return r.large.digest
	}
	return crdt.Digest(r.Body)
}

// Exists reports whether the document is live.
func (r Record) Exists() bool { return len(r.Body) > 0 || r.large != nil }

// A stored record is a sealed header and, behind it, the canonical bytes as
// they are: flags, the number of heads, each head as replica number and
// counter. Numbers are uvarints. With flagLarge, what follows instead of the
// canonical bytes is a largeBody.
const (
	flagConflicted = 1
	flagLarge      = 2
)

// appendRecord appends the payload of a record; number gives the replica
// number of each head.
func appendRecord(b []byte, r Record, number func(crdt.ReplicaID) (replicaNumber, error)) ([]byte, error) {
	var flags byte
	if r.Conflicted {
		flags |= flagConflicted
	}
	if r.large != nil {
		flags |= flagLarge
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(len(r.Heads)))
	for _, h := range r.Heads {
		n, err := number(h.Replica)
		if err != nil {
			return nil, err
		}
		b = binary.AppendUvarint(b, uint64(n))
		b = binary.AppendUvarint(b, h.Counter)
	}
	if r.large != nil {
		return r.large.appendBinary(b), nil
	}
	return append(b, r.Body...), nil
}

// recordOf reads the value that is stored under storageKey, the place of the
// document key. The body aliases value; a large one is left out (see
// Documents.complete). It fails with *DamagedError.
func recordOf(coll, key string, storageKey, value []byte, id func(replicaNumber) (crdt.ReplicaID, error)) (Record, error) {
	r := Record{Key: key}
	damaged := func(what string) (Record, error) {
		return Record{Key: key}, &DamagedError{Collection: coll, Key: key, What: what}
	}
	b, ok := unseal(storageKey, value)
	if !ok {
		return damaged("checksum of the record")
	}
	if len(b) < 2 || b[0]&^(flagConflicted|flagLarge) != 0 {
		return damaged("header of the record")
	}
	r.Conflicted = b[0]&flagConflicted != 0
	large := b[0]&flagLarge != 0
	n, w := binary.Uvarint(b[1:])
	if w <= 0 || n > uint64(len(b)/2) {
		return damaged("heads of the record")
	}
	b = b[1+w:]
	r.Heads = make([]crdt.Dot, n)
	for i := range r.Heads {
		num, w := binary.Uvarint(b)
		if w <= 0 || num > 1<<32-1 {
			return damaged("heads of the record")
		}
		counter, v := binary.Uvarint(b[w:])
		if v <= 0 {
			return damaged("heads of the record")
		}
		b = b[w+v:]
		replica, err := id(replicaNumber(num))
		if err != nil {
			return Record{Key: key}, err
		}
		r.Heads[i] = crdt.Dot{Replica: replica, Counter: counter}
	}
	switch {
	case large:
		if r.large, ok = parseLargeBody(b); !ok {
			return damaged("what the record says of its body")
		}
	case len(b) > 0:
		r.Body = b
	}
	return r, nil
}
