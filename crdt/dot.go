package crdt

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// ReplicaID names one incarnation of a node's data (Law F). It is the first
// 16 bytes of SHA-256(device public key, nonce), so a signed head can prove
// which device may count for it.
type ReplicaID [16]byte

// NewReplicaID derives the identity of the incarnation that device starts
// with nonce. A nonce is never used twice by one device.
func NewReplicaID(device ed25519.PublicKey, nonce [16]byte) ReplicaID {
	h := sha256.New()
	h.Write(device)
	h.Write(nonce[:])
	var r ReplicaID
	copy(r[:], h.Sum(nil))
	return r
}

// ErrReplicaID is returned by ParseReplicaID when the text is not 32
// hexadecimal digits.
var ErrReplicaID = errors.New("not a replica id")

// ParseReplicaID reads the 32 hexadecimal digits that Hex prints.
func ParseReplicaID(s string) (ReplicaID, error) {
	var r ReplicaID
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(r) {
		return r, fmt.Errorf("%w: %q", ErrReplicaID, s)
	}
	copy(r[:], b)
	return r, nil
}

// Hex is the whole identity as 32 hexadecimal digits.
func (r ReplicaID) Hex() string { return hex.EncodeToString(r[:]) }

// String is short enough to read in a story: a ReplicaID whose bytes after
// the first are all zero (tests name them so) prints as that one character,
// any other as its first 8 hexadecimal digits.
func (r ReplicaID) String() string {
	if r[0] > ' ' && r[0] < 0x7f && r == (ReplicaID{r[0]}) {
		return string(rune(r[0]))
	}
	return hex.EncodeToString(r[:4])
}

// Compare orders ReplicaIDs by their bytes; it is the tie-break of equal
// timestamps.
func (r ReplicaID) Compare(o ReplicaID) int { return bytes.Compare(r[:], o[:]) }

// Dot is one event: the Counter-th change of Replica in a collection.
// Counters start at 1 and are contiguous per replica and collection.
type Dot struct {
	Replica ReplicaID
	Counter uint64
}

// Compare orders dots by replica, then counter.
func (d Dot) Compare(o Dot) int {
	if c := d.Replica.Compare(o.Replica); c != 0 {
		return c
	}
	return cmp.Compare(d.Counter, o.Counter)
}

// String prints "a:7".
func (d Dot) String() string {
	return d.Replica.String() + ":" + strconv.FormatUint(d.Counter, 10)
}
