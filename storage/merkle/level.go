package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// leafBits and nodeBits set the shape: a key begins a leaf with probability
// 2^-leafBits, and a node one level higher with 2^-nodeBits of that. So a
// leaf holds about 16 documents and an inner node about 8 children.
const (
	leafBits = 4
	nodeBits = 3
)

// Level is the highest level at which key begins a node, or -1 if it begins
// none, not even a leaf (level 0). A key that begins a node begins one at
// every level below. It is decided by the leading zeros of SHA-256 of the
// collection and the key alone, so all replicas agree, and a change of a
// document never moves a boundary. (For those that come after MaxRun, see the
// package.) The collection is in it so that one set of
// keys, chosen to make a bad shape, is bad in one collection only.
func Level(collection, key string) int {
	b := make([]byte, 0, 128)
	b = binary.AppendUvarint(b, uint64(len(collection)))
	b = append(b, collection...)
	b = append(b, key...)
	sum := sha256.Sum256(b)
	zeros := bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:]))
	if zeros < leafBits {
		return -1
	}
	return (zeros - leafBits) / nodeBits
}
