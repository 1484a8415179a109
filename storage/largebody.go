package storage

import (
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// A body of more than inlineBody bytes is not in the record, but in parts: the
// pieces that made it once, and a tail of splices, one for each write since.
// So a small change of a large document writes one small splice. When the tail
// is long, it is folded: the pieces that are no longer what they were are
// written, and the tail is empty again.
const inlineBody = 4 << 10

const (
	// leastTail and maxTail bound how many splices a tail has; between them it
	// is one for each KiB of the body. So a fold, which writes the body at
	// most, costs each of its splices a KiB at most, and a reader reads at most
	// one splice for each KiB.
	leastTail = 16
	maxTail   = 1024
)

// largeBody is what a record says of a body that is kept in parts.
type largeBody struct {
	digest  [32]byte // SHA-256 of the body
	length  int
	splices int // in the tail
	tail    int // bytes of them
}

// largeBodyOf is what to say of a body; nil for one that the record holds.
func largeBodyOf(body []byte) *largeBody {
	if len(body) <= inlineBody {
		return nil
	}
	return &largeBody{digest: crdt.Digest(body), length: len(body)}
}

// takes reports whether a splice of n bytes may become part of the tail.
func (l *largeBody) takes(n int) bool {
	return n <= pieceSize && l.splices < l.mostSplices() && l.tail+n <= l.length/4
}

func (l *largeBody) mostSplices() int { return min(max(l.length>>10, leastTail), maxTail) }

// appendBinary appends the digest (32) and, as uvarints, the length of the
// body, the number of splices and their bytes.
func (l *largeBody) appendBinary(b []byte) []byte {
	b = append(b, l.digest[:]...)
	b = binary.AppendUvarint(b, uint64(l.length))
	b = binary.AppendUvarint(b, uint64(l.splices))
	return binary.AppendUvarint(b, uint64(l.tail))
}

// parseLargeBody reads what fills b exactly.
func parseLargeBody(b []byte) (*largeBody, bool) {
	var l largeBody
	if len(b) < len(l.digest) {
		return nil, false
	}
	copy(l.digest[:], b)
	b = b[len(l.digest):]
	for _, field := range []struct {
		to          *int
		least, most uint64
	}{{&l.length, inlineBody + 1, MaxValueSize}, {&l.splices, 0, maxTail}, {&l.tail, 0, MaxValueSize}} {
		n, w := binary.Uvarint(b)
		if w <= 0 || n < field.least || n > field.most {
			return nil, false
		}
		*field.to, b = int(n), b[w:]
	}
	return &l, len(b) == 0
}
