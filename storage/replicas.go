package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// replicaTable gives every ReplicaID that the store has heard of a small
// number, so that heads and index entries cost 4 bytes instead of 16. A table
// is never changed; with returns a longer one.
type replicaTable struct {
	ids     []crdt.ReplicaID
	numbers map[crdt.ReplicaID]replicaNumber
}

// with is the table in which ids have the next numbers.
func (t *replicaTable) with(ids []crdt.ReplicaID) *replicaTable {
	if len(ids) == 0 {
		return t
	}
	next := &replicaTable{slices.Concat(t.ids, ids), make(map[crdt.ReplicaID]replicaNumber, len(t.ids)+len(ids))}
	maps.Copy(next.numbers, t.numbers)
	for i, id := range ids {
		next.numbers[id] = replicaNumber(len(t.ids) + i)
	}
	return next
}

// read is the table with all numbers that r has.
func (t *replicaTable) read(r Reader) (*replicaTable, error) {
	var ids []crdt.ReplicaID
	o := ScanOptions{Start: replicaKey(replicaNumber(len(t.ids))), End: wholeSpace(spaceReplica).End}
	for item, err := range r.Scan(o) {
		if err != nil {
			return nil, err
		}
		id, err := replicaOf(item.Key, item.Value)
		if err != nil {
			return nil, err
		}
		if n := len(t.ids) + len(ids); len(item.Key) != 5 || binary.BigEndian.Uint32(item.Key[1:]) != uint32(n) {
			return nil, &DamagedError{What: fmt.Sprintf("replica number %d is missing", n)}
		}
		ids = append(ids, id)
	}
	return t.with(ids), nil
}

func replicaOf(key, value []byte) (id crdt.ReplicaID, err error) {
	b, ok := unseal(key, value)
	if !ok || len(b) != len(id) {
		return id, &DamagedError{What: "checksum of a replica number"}
	}
	copy(id[:], b)
	return id, nil
}

// replicaRecord is the inverse of replicaOf.
func replicaRecord(n replicaNumber, id crdt.ReplicaID) []byte {
	return seal(replicaKey(n), append(unsealed(len(id)), id[:]...))
}

// lookup gives the ReplicaID of n; a number that is newer than the table is
// read from r.
func (t *replicaTable) lookup(r Reader, n replicaNumber) (crdt.ReplicaID, error) {
	if int(n) < len(t.ids) {
		return t.ids[n], nil
	}
	key := replicaKey(n)
	value, err := r.Get(key)
	if errors.Is(err, ErrNotFound) {
		return crdt.ReplicaID{}, &DamagedError{What: fmt.Sprintf("replica number %d is missing", n)}
	}
	if err != nil {
		return crdt.ReplicaID{}, err
	}
	return replicaOf(key, value)
}

// number gives the number of id if the table has one.
func (t *replicaTable) number(id crdt.ReplicaID) (n replicaNumber, ok bool) {
	n, ok = t.numbers[id]
	return n, ok
}

// replicaID gives the ReplicaID of a number, including those new in b.
func (b *Batch) replicaID(n replicaNumber) (crdt.ReplicaID, error) {
	if i := int(n) - len(b.replicas.ids); i >= 0 && i < len(b.newReplicas) {
		return b.newReplicas[i], nil
	}
	return b.replicas.lookup(b.tx, n)
}

// known gives the number of id if the store has one.
func (b *Batch) known(id crdt.ReplicaID) (replicaNumber, bool) {
	if n, ok := b.replicas.numbers[id]; ok {
		return n, true
	}
	n, ok := b.newNumbers[id]
	return n, ok
}

// number gives the number of id, a new one if the store has not heard of it.
func (b *Batch) number(id crdt.ReplicaID) (replicaNumber, error) {
	n, ok := b.known(id)
	if ok {
		return n, nil
	}
	n = replicaNumber(len(b.replicas.ids) + len(b.newReplicas))
	if err := b.set(replicaKey(n), replicaRecord(n, id)); err != nil {
		return 0, err
	}
	if b.newNumbers == nil {
		b.newNumbers = map[crdt.ReplicaID]replicaNumber{}
	}
	b.newReplicas, b.newNumbers[id] = append(b.newReplicas, id), n
	return n, nil
}

// name is a namer; a failure fails the whole Update.
func (b *Batch) name(to []byte, id crdt.ReplicaID) []byte {
	n, err := b.number(id)
	if b.note(err) != nil {
		return to
	}
	return binary.AppendUvarint(to, uint64(n))
}

// of is an unnamer for what r shows.
func (t *replicaTable) of(r Reader) unnamer {
	return func(n replicaNumber) (crdt.ReplicaID, error) { return t.lookup(r, n) }
}
