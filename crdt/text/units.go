package text

import (
	"fmt"
	"unicode/utf8"
)

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
