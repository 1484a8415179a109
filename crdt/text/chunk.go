package text

import "unicode/utf8"

// maxChunk is the most bytes a chunk of a Rope holds.
const maxChunk = 1024

// chunk is a piece of a Rope.
type chunk struct {
	b    []byte // ASCII if it has n bytes
	n    int32
	wide int32
	// b is also of the rope that this one was forked from: own it before a change
	shared bool
}

// own makes the bytes those of this chunk alone, with room to grow.
func (c *chunk) own() {
	if c.shared {
		c.b, c.shared = append(make([]byte, 0, maxChunk), c.b...), false
	}
}

func makeChunk(b []byte) chunk {
	c := chunk{b: make([]byte, len(b), maxChunk), n: int32(utf8.RuneCount(b)), wide: int32(countWide(b))}
	copy(c.b, b)
	return c
}

// countWide counts the code points of s that take four bytes.
func countWide[T string | []byte](s T) (n int) {
	for i := range len(s) {
		if s[i] >= 0xf0 {
			n++
		}
	}
	return n
}

// offset is the place of the in-th code point of c in its bytes.
func (c *chunk) offset(in int) int { return int(width(c.b, c.n, int32(in))) }
