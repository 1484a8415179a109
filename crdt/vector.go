package crdt

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// VersionVector is the highest contiguous counter seen per replica. The zero
// value has seen nothing. Entries are never zero. Methods that return a vector
// return a new one; only Raise changes the receiver.
type VersionVector map[ReplicaID]uint64

// Has reports whether the vector covers d.
func (v VersionVector) Has(d Dot) bool { return d.Counter <= v[d.Replica] }

// Covers reports whether v has seen all that o has seen.
func (v VersionVector) Covers(o VersionVector) bool {
	for r, n := range o {
		if v[r] < n {
			return false
		}
	}
	return true
}

// Equal reports whether both have seen the same.
func (v VersionVector) Equal(o VersionVector) bool { return maps.Equal(v, o) }

// Clone returns an independent copy; the copy of nil can be raised.
func (v VersionVector) Clone() VersionVector {
	c := make(VersionVector, len(v)+1)
	maps.Copy(c, v)
	return c
}

// Merge returns the least vector that covers both.
func (v VersionVector) Merge(o VersionVector) VersionVector {
	c := v.Clone()
	for r, n := range o {
		c.Raise(r, n)
	}
	return c
}

// Raise lifts the entry of r to n; a lower n changes nothing.
func (v VersionVector) Raise(r ReplicaID, n uint64) {
	if n > v[r] {
		v[r] = n
	}
}

// Replicas lists the replicas of the vector in order of their bytes.
func (v VersionVector) Replicas() []ReplicaID {
	return slices.SortedFunc(maps.Keys(v), ReplicaID.Compare)
}

// String prints "{a:7 b:2}".
func (v VersionVector) String() string {
	parts := make([]string, 0, len(v))
	for _, r := range v.Replicas() {
		parts = append(parts, Dot{r, v[r]}.String())
	}
	return "{" + strings.Join(parts, " ") + "}"
}

// ErrVector is returned when the bytes of a version vector or of knowledge
// are cut off, out of order, or larger than their frame allows.
var ErrVector = errors.New("malformed version vector")

// AppendBinary appends the vector's one encoding: the number of entries, then
// each replica with its counter, in order of replicas; numbers are uvarints.
func (v VersionVector) AppendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	for _, r := range v.Replicas() {
		b = append(b, r[:]...)
		b = binary.AppendUvarint(b, v[r])
	}
	return b
}

// CutVector reads one vector from the front of b and returns the rest. The
// number of entries is checked against len(b) before anything is allocated.
func CutVector(b []byte) (VersionVector, []byte, error) {
	n, b, err := cutUvarint(b)
	if err != nil {
		return nil, nil, err
	}
	const least = len(ReplicaID{}) + 1
	if n > uint64(len(b)/least) {
		return nil, nil, fmt.Errorf("%w: %d entries in %d bytes", ErrVector, n, len(b))
	}
	v := make(VersionVector, n)
	var last ReplicaID
	for i := range n {
		var r ReplicaID
		if len(b) < least {
			return nil, nil, fmt.Errorf("%w: cut off at entry %d", ErrVector, i)
		}
		b = b[copy(r[:], b):]
		if i > 0 && last.Compare(r) >= 0 {
			return nil, nil, fmt.Errorf("%w: entry %d out of order", ErrVector, i)
		}
		var c uint64
		if c, b, err = cutUvarint(b); err != nil {
			return nil, nil, err
		}
		if c == 0 {
			return nil, nil, fmt.Errorf("%w: entry %d is zero", ErrVector, i)
		}
		v[r], last = c, r
	}
	return v, b, nil
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
