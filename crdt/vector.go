package crdt

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// VersionVector is the highest contiguous counter seen per replica. The zero
// value has seen nothing. It is a value: only Raise and Set change the receiver,
// and never another vector that was copied from it. Copying one is free, and
// what is made of two costs what they differ in, if one came from the other:
// vectors share what is equal in them.
type VersionVector struct{ root *vectorNode }

// Counters are entries of a vector, for making one; those of zero are none.
type Counters map[ReplicaID]uint64

// Vector is the vector of these entries.
func (c Counters) Vector() VersionVector {
	entries := make([]vectorEntry, 0, len(c))
	for r, n := range c {
		if n > 0 {
			entries = append(entries, vectorEntry{r, n})
		}
	}
	slices.SortFunc(entries, func(a, b vectorEntry) int { return a.replica.Compare(b.replica) })
	return VersionVector{nodeOf(entries, 0)}
}

// Counter is how far v has seen r; zero if it has seen nothing of it.
func (v VersionVector) Counter(r ReplicaID) uint64 { return v.root.counter(r) }

// Len is the number of replicas of which v has seen anything.
func (v VersionVector) Len() int { return v.root.len() }

// All visits the entries in order of replicas.
func (v VersionVector) All() iter.Seq2[ReplicaID, uint64] { return v.Differences(VersionVector{}) }

// Has reports whether the vector covers d.
func (v VersionVector) Has(d Dot) bool { return d.Counter <= v.Counter(d.Replica) }

// Covers reports whether v has seen all that o has seen.
func (v VersionVector) Covers(o VersionVector) bool { return v.root.covers(o.root, 0) }

// Equal reports whether both have seen the same.
func (v VersionVector) Equal(o VersionVector) bool { return v.root.equal(o.root) }

// Merge returns the least vector that covers both.
func (v VersionVector) Merge(o VersionVector) VersionVector {
	return VersionVector{v.root.union(o.root, 0, nil)}
}

// Least returns the greatest vector that both cover.
func (v VersionVector) Least(o VersionVector) VersionVector {
	return VersionVector{v.root.least(o.root, 0)}
}

// Raise lifts the entry of r to n; a lower n changes nothing.
func (v *VersionVector) Raise(r ReplicaID, n uint64) {
	if n > v.Counter(r) {
		v.root = v.root.set(r, n, 0)
	}
}

// Set makes the entry of r n, also a lower one; zero takes it away.
func (v *VersionVector) Set(r ReplicaID, n uint64) { v.root = v.root.with(r, n, 0) }

// Differences visits, in order of replicas, the entries of v that are not those
// of o; where only o has one the counter is zero.
func (v VersionVector) Differences(o VersionVector) iter.Seq2[ReplicaID, uint64] {
	return func(yield func(ReplicaID, uint64) bool) {
		v.root.differ(o.root, 0, func(r ReplicaID, x, _ uint64) bool { return yield(r, x) })
	}
}

// Beyond visits, in order of replicas, the entries of v that are higher than
// those of o.
func (v VersionVector) Beyond(o VersionVector) iter.Seq2[ReplicaID, uint64] {
	return func(yield func(ReplicaID, uint64) bool) {
		v.root.differ(o.root, 0, func(r ReplicaID, x, y uint64) bool { return x < y || yield(r, x) })
	}
}

// Replicas lists the replicas of the vector in order of their bytes.
func (v VersionVector) Replicas() []ReplicaID {
	rs := make([]ReplicaID, 0, v.Len())
	for r := range v.All() {
		rs = append(rs, r)
	}
	return rs
}

// String prints "{a:7 b:2}".
func (v VersionVector) String() string {
	parts := make([]string, 0, v.Len())
	for r, n := range v.All() {
		parts = append(parts, Dot{r, n}.String())
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// ErrVector is returned when the bytes of a version vector or of knowledge
// are cut off, out of order, or larger than their frame allows.
var ErrVector = errors.New("malformed version vector")

// AppendBinary appends the vector's one encoding: the number of entries, then
// each replica with its counter, in order of replicas; numbers are uvarints.
func (v VersionVector) AppendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(v.Len()))
	for r, n := range v.All() {
		b = append(b, r[:]...)
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// CutVector reads one vector from the front of b and returns the rest. The
// number of entries is checked against len(b) before anything is allocated.
func CutVector(b []byte) (VersionVector, []byte, error) {
	n, b, err := cutUvarint(b)
	if err != nil {
		return VersionVector{}, nil, err
	}
	const least = len(ReplicaID{}) + 1
	if n > uint64(len(b)/least) {
		return VersionVector{}, nil, fmt.Errorf("%w: %d entries in %d bytes", ErrVector, n, len(b))
	}
	entries := make([]vectorEntry, n)
	for i := range entries {
		e := &entries[i]
		if len(b) < least {
			return VersionVector{}, nil, fmt.Errorf("%w: cut off at entry %d", ErrVector, i)
		}
		b = b[copy(e.replica[:], b):]
		if i > 0 && entries[i-1].replica.Compare(e.replica) >= 0 {
			return VersionVector{}, nil, fmt.Errorf("%w: entry %d out of order", ErrVector, i)
		}
		if e.counter, b, err = cutUvarint(b); err != nil {
			return VersionVector{}, nil, err
		}
		if e.counter == 0 {
			return VersionVector{}, nil, fmt.Errorf("%w: entry %d is zero", ErrVector, i)
		}
	}
	return VersionVector{nodeOf(entries, 0)}, b, nil
}

// ParseVector reads a vector that fills b exactly.
func ParseVector(b []byte) (VersionVector, error) {
	v, rest, err := CutVector(b)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d bytes after the end", ErrVector, len(rest))
	}
	return v, err
}

// Hash is SHA-256 of the vector's encoding.
func (v VersionVector) Hash() [32]byte { return sha256.Sum256(v.AppendBinary(nil)) }

func cutUvarint(b []byte) (uint64, []byte, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || (w > 1 && b[w-1] == 0) {
		return 0, nil, fmt.Errorf("%w: bad number", ErrVector)
	}
	return n, b[w:], nil
}
