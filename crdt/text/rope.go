package text

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rope is plain text that is cheap to edit anywhere, addressed by code points.
// The zero value is empty.
type Rope struct {
	chunks []chunk
	n      int // code points
	wide   int // of them above U+FFFF: two UTF-16 units
	// the chunk that was edited last, and the code points before it
	at, before int
}

// NewRope makes a Rope of s. ErrUTF8 is returned when s is not valid UTF-8.
func NewRope(s string) (Rope, error) {
	var r Rope
	if !utf8.ValidString(s) {
		return r, ErrUTF8
	}
	r.n, r.wide = utf8.RuneCountInString(s), countWide(s)
	r.replace(0, 0, []byte(s))
	return r, nil
}

// fork returns a copy that shares the bytes of the chunks until it changes
// them; r must not be changed any more.
func (r *Rope) fork() Rope {
	c := *r
	c.chunks = slices.Clone(r.chunks)
	for i := range c.chunks {
		c.chunks[i].shared = true
	}
	return c
}

// Len is the number of code points.
func (r *Rope) Len() int { return r.n }

// locate finds the chunk with position pos, and pos within it; a position
// between two chunks is the end of the first.
func (r *Rope) locate(pos int) (at, in int) {
	at, before := r.at, r.before
	if pos < before/2 || at >= len(r.chunks) {
		at, before = 0, 0
	}
	for pos < before || pos == before && at > 0 {
		at--
		before -= int(r.chunks[at].n)
	}
	for pos > before+int(r.chunks[at].n) {
		before += int(r.chunks[at].n)
		at++
	}
	r.at, r.before = at, before
	return at, pos - before
}

// Replace deletes n code points from position pos on, and inserts s there.
// ErrPosition and ErrUTF8 are returned for what their names say; nothing has
// changed then.
func (r *Rope) Replace(pos, n int, s string) error {
	if pos < 0 || n < 0 || pos > r.n || n > r.n-pos {
		return fmt.Errorf("%w: %d and %d more of %d", ErrPosition, pos, n, r.n)
	}
	if !utf8.ValidString(s) {
		return ErrUTF8
	}
	r.delete(pos, n)
	if s != "" {
		r.insert(pos, []byte(s), utf8.RuneCountInString(s))
	}
	return nil
}

// insert puts the n code points of s before position pos.
func (r *Rope) insert(pos int, s []byte, n int) {
	if len(r.chunks) == 0 {
		r.chunks = append(r.chunks, makeChunk(nil))
	}
	at, in := r.locate(pos)
	c := &r.chunks[at]
	off, wide := c.offset(in), 0
	if len(s) != n {
		wide = countWide(s)
	}
	r.n, r.wide = r.n+n, r.wide+wide
	if old := len(c.b); old+len(s) <= maxChunk {
		c.own()
		c.b = c.b[:old+len(s)]
		copy(c.b[off+len(s):], c.b[off:old])
		copy(c.b[off:], s)
		c.n, c.wide = c.n+int32(n), c.wide+int32(wide)
		return
	}
	whole := make([]byte, 0, len(c.b)+len(s))
	whole = append(append(append(whole, c.b[:off]...), s...), c.b[off:]...)
	r.replace(at, 1, whole)
}

// replace puts whole, cut into chunks that have room to grow, in the place of
// count chunks.
func (r *Rope) replace(at, count int, whole []byte) {
	parts := (len(whole) + maxChunk*3/4 - 1) / (maxChunk * 3 / 4)
	fresh := make([]chunk, 0, parts)
	for left := parts; left > 0; left-- {
		cut := len(whole) / left
		for cut < len(whole) && !utf8.RuneStart(whole[cut]) {
			cut++
		}
		fresh = append(fresh, makeChunk(whole[:cut]))
		whole = whole[cut:]
	}
	r.chunks = slices.Replace(r.chunks, at, at+count, fresh...)
}

// delete removes n code points from position pos on.
func (r *Rope) delete(pos, n int) {
	if n == 0 {
		return
	}
	r.n -= n
	at, in := r.locate(pos)
	if in == int(r.chunks[at].n) {
		r.at, r.before = at+1, r.before+in
		at, in = r.at, 0
	}
	first := at
	for ; n > 0; at, in = at+1, 0 {
		c := &r.chunks[at]
		m := min(n, int(c.n)-in)
		lo, hi := c.offset(in), c.offset(in+m)
		if hi-lo != m {
			wide := countWide(c.b[lo:hi])
			r.wide -= wide
			c.wide -= int32(wide)
		}
		c.own()
		c.b = append(c.b[:lo], c.b[hi:]...)
		c.n -= int32(m)
		n -= m
	}
	r.tidy(first, at)
}

// tidy drops the empty ones of the chunks from first to end, and joins a small
// one with its neighbour.
func (r *Rope) tidy(first, end int) {
	keep := first
	for i := first; i < end; i++ {
		if r.chunks[i].n > 0 {
			r.chunks[keep] = r.chunks[i]
			keep++
		}
	}
	if keep < end {
		kept := append(r.chunks[:keep], r.chunks[end:]...)
		clear(r.chunks[len(kept):])
		r.chunks = kept
	}
	if first+1 >= len(r.chunks) {
		return
	}
	if a, b := &r.chunks[first], &r.chunks[first+1]; len(a.b)+len(b.b) < maxChunk/4 {
		a.own()
		a.b = append(a.b, b.b...)
		a.n, a.wide = a.n+b.n, a.wide+b.wide
		r.chunks = append(r.chunks[:first+1], r.chunks[first+2:]...)
	}
}

// String is the whole text.
func (r *Rope) String() string {
	var b strings.Builder
	size := 0
	for i := range r.chunks {
		size += len(r.chunks[i].b)
	}
	b.Grow(size)
	for i := range r.chunks {
		b.Write(r.chunks[i].b)
	}
	return b.String()
}
