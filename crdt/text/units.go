package text

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

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

func (r *Rope) clone() Rope {
	c := *r
	c.chunks = slices.Clone(r.chunks)
	for i := range c.chunks {
		c.chunks[i].b = append(make([]byte, 0, maxChunk), c.chunks[i].b...)
	}
	return c
}

// UTF16 converts a position to an offset in UTF-16 units. ErrPosition is
// returned when pos is not from 0 to Len.
func (r *Rope) UTF16(pos int) (int, error) {
	if pos < 0 || pos > r.n {
		return 0, fmt.Errorf("%w: %d of %d", ErrPosition, pos, r.n)
	}
	if r.wide == 0 {
		return pos, nil
	}
	units, left := pos, pos
	for i := range r.chunks {
		c := &r.chunks[i]
		if left <= int(c.n) {
			return units + countWide(c.b[:c.offset(left)]), nil
		}
		left, units = left-int(c.n), units+int(c.wide)
	}
	return units, nil
}

// FromUTF16 converts an offset in UTF-16 units to a position. ErrPosition is
// returned for an offset outside the text, ErrSurrogate for one between the
// two halves of a code point.
func (r *Rope) FromUTF16(offset int) (int, error) {
	if offset < 0 || offset > r.n+r.wide {
		return 0, fmt.Errorf("%w: %d of %d UTF-16 units", ErrPosition, offset, r.n+r.wide)
	}
	if r.wide == 0 {
		return offset, nil
	}
	pos, left := 0, offset
	for i := range r.chunks {
		c := &r.chunks[i]
		if units := int(c.n + c.wide); left > units {
			left, pos = left-units, pos+int(c.n)
			continue
		}
		for b := c.b; left > 0; pos++ {
			x, size := utf8.DecodeRune(b)
			b = b[size:]
			if left--; x > 0xffff {
				if left == 0 {
					return 0, fmt.Errorf("%w: %d", ErrSurrogate, offset)
				}
				left--
			}
		}
		return pos, nil
	}
	return pos, nil
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
