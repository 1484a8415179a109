package crdt

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// ErrMalformed is returned when bytes are not the canonical encoding of a
// document.
var ErrMalformed = errors.New("malformed document")

// cborReader reads canonical CBOR from the front of s. It accepts exactly one
// encoding of every value and reads nothing that the canonical bytes cannot
// hold: no indefinite lengths, no tags, no short floats.
type cborReader struct {
	s   string
	pos int
}

func (r *cborReader) left() int { return len(r.s) - r.pos }

// fail says what is wrong near the current position.
func (r *cborReader) fail(what string) error {
	return fmt.Errorf("%w: %s near byte %d", ErrMalformed, what, r.pos)
}

// head reads a major type and its argument; for a float the argument is its
// bits. ok is false when the bytes are cut off or not in the shortest form.
func (r *cborReader) head() (major byte, n uint64, ok bool) {
	if r.pos >= len(r.s) {
		return 0, 0, false
	}
	c := r.s[r.pos]
	r.pos++
	major, n = c>>5, uint64(c&31)
	if n < 24 {
		return major, n, major != majorSimple || n >= simpleFalse && n <= simpleNull
	}
	if n > 27 {
		return 0, 0, false
	}
	size := 1 << (n - 24)
	if r.left() < size {
		return 0, 0, false
	}
	n = 0
	for i := range size {
		n = n<<8 | uint64(r.s[r.pos+i])
	}
	r.pos += size
	if major == majorSimple {
		return majorFloat, n, size == 8
	}
	switch size { // the shortest form, or none
	case 1:
		ok = n >= 24
	case 2:
		ok = n > math.MaxUint8
	case 4:
		ok = n > math.MaxUint16
	default:
		ok = n > math.MaxUint32
	}
	return major, n, ok
}

// take cuts n bytes off.
func (r *cborReader) take(n uint64) (s string, ok bool) {
	if n > uint64(r.left()) {
		return "", false
	}
	s = r.s[r.pos : r.pos+int(n)]
	r.pos += int(n)
	return s, true
}

// array reads the head of an array and returns its length.
func (r *cborReader) array() (n uint64, ok bool) {
	major, n, ok := r.head()
	return n, ok && major == majorArray && n <= uint64(r.left())
}

// uint reads a number that is not negative.
func (r *cborReader) uint() (n uint64, ok bool) {
	major, n, ok := r.head()
	return n, ok && major == majorUint
}

// int reads a number of 64 bits.
func (r *cborReader) int() (i int64, ok bool) {
	major, n, ok := r.head()
	return toInt(major, n), ok && major <= majorNegint && n <= math.MaxInt64
}

func toInt(major byte, n uint64) int64 {
	if major == majorNegint {
		return ^int64(n)
	}
	return int64(n)
}

// text reads a text string.
func (r *cborReader) text() (s string, ok bool) {
	major, n, ok := r.head()
	if !ok || major != majorText {
		return "", false
	}
	s, ok = r.take(n)
	return s, ok && utf8.ValidString(s)
}

// bytes reads a byte string.
func (r *cborReader) bytes() (s string, ok bool) {
	major, n, ok := r.head()
	if !ok || major != majorBytes {
		return "", false
	}
	return r.take(n)
}

// skip passes over one value. depth is how many more arrays and maps may
// nest; opaque values may hold what JSON cannot say.
func (r *cborReader) skip(depth int, opaque bool) error {
	major, n, ok := r.head()
	if !ok {
		return r.fail("no canonical value")
	}
	switch major {
	case majorArray, majorMap:
		return r.skipInside(major, n, depth-1, opaque)
	}
	return r.skipScalar(major, n, opaque)
}

// skipScalar passes over the rest of a scalar whose head is read.
func (r *cborReader) skipScalar(major byte, n uint64, opaque bool) error {
	switch major {
	case majorUint, majorNegint:
		if n > math.MaxInt64 && !opaque {
			return r.fail("number beyond int64")
		}
	case majorFloat:
		if f := math.Float64frombits(n); math.IsNaN(f) || math.IsInf(f, 0) {
			return r.fail("not a finite number")
		}
	case majorBytes:
		if _, ok := r.take(n); !ok {
			return r.fail("bytes cut off")
		}
	case majorText:
		s, ok := r.take(n)
		if !ok || !utf8.ValidString(s) {
			return r.fail("text cut off or not UTF-8")
		}
	case majorSimple:
	default:
		return r.fail("value of an unknown type")
	}
	return nil
}

// skipInside passes over the content of an array or map whose head is read.
func (r *cborReader) skipInside(major byte, n uint64, depth int, opaque bool) error {
	if depth < 0 {
		return r.fail("nested too deep")
	}
	if n > uint64(r.left()) {
		return r.fail("more elements than bytes")
	}
	last, first := "", true
	for range n {
		if major == majorMap {
			name, ok := r.text()
			if !ok || !first && !nameLess(last, name) || !opaque && !validName(name) {
				return r.fail("bad field name")
			}
			last, first = name, false
		}
		if err := r.skip(depth, opaque); err != nil {
			return err
		}
	}
	return nil
}
