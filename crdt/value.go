package crdt

import (
	"cmp"
	"encoding/base64"
	"math"
	"strings"
)

// isScalar reports whether the value is neither an array nor an object; only a
// register holds these.
func (v Value) isScalar() bool { return v[0]>>5 != majorArray && v[0]>>5 != majorMap }

// integer is the value as int64; a float that is integral counts.
func (v Value) integer() (i int64, ok bool) {
	r := cborReader{s: string(v)}
	switch major, n, ok := r.head(); major {
	case majorUint, majorNegint:
		return toInt(major, n), ok && n <= math.MaxInt64
	case majorFloat:
		f := math.Float64frombits(n)
		i = int64(f)
		return i, f >= -1<<63 && f < 1<<63 && float64(i) == f
	}
	return 0, false
}

// content is the inside of a text or bytes value.
func (v Value) content() string {
	r := cborReader{s: string(v)}
	r.head()
	return string(v[r.pos:])
}

// elements calls fn with each element of an array value.
func (v Value) elements(fn func(Value)) {
	r := cborReader{s: string(v)}
	n, _ := r.array()
	for range n {
		start := r.pos
		if r.skip(MaxDepth, true) != nil {
			return
		}
		fn(v[start:r.pos])
	}
}

// equalValues reports whether two values are the same to a reader: numbers by
// what they count (1 and 1.0 are equal), everything else by its bytes.
func equalValues(a, b Value) bool { return a == b || equalTokens(a, b, false) }

// sameShown reports whether writing v over have makes no difference: they are
// equal, or v has texts where plain JSON shows the bytes of have as such.
func sameShown(have, v Value) bool { return have == v || equalTokens(have, v, true) }

// equalTokens compares token by token, which is enough because all lengths are
// definite. If it is of plain JSON, a text in b may stand for bytes in a.
func equalTokens(a, b Value, plain bool) bool {
	x, y := cborReader{s: string(a)}, cborReader{s: string(b)}
	for x.left() > 0 && y.left() > 0 {
		mx, nx, _ := x.head()
		my, ny, _ := y.head()
		if isNumber(mx) && isNumber(my) {
			if compareNumbers(mx, nx, my, ny) != 0 {
				return false
			}
			continue
		}
		asText := plain && mx == majorBytes && my == majorText
		if !asText && (mx != my || nx != ny) {
			return false
		}
		if mx == majorText || mx == majorBytes {
			s, _ := x.take(nx)
			t, _ := y.take(ny)
			if asText {
				s = base64.StdEncoding.EncodeToString([]byte(s))
			}
			if s != t {
				return false
			}
		}
	}
	return x.left() == y.left()
}

// compareValues orders scalars: null, false, true, numbers, texts, bytes; a
// number that is there as integer and as float has the integer first.
func compareValues(a, b Value) int {
	x, y := cborReader{s: string(a)}, cborReader{s: string(b)}
	mx, nx, _ := x.head()
	my, ny, _ := y.head()
	if c := cmp.Compare(scalarRank(mx), scalarRank(my)); c != 0 {
		return c
	}
	switch {
	case isNumber(mx):
		if c := compareNumbers(mx, nx, my, ny); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	case mx == majorSimple:
		return cmp.Compare(simpleRank(nx), simpleRank(ny))
	}
	return strings.Compare(string(a[x.pos:]), string(b[y.pos:]))
}

func isNumber(major byte) bool {
	return major == majorUint || major == majorNegint || major == majorFloat
}

func scalarRank(major byte) int {
	switch major {
	case majorSimple:
		return 0
	case majorText:
		return 2
	case majorBytes:
		return 3
	}
	return 1
}

// simpleRank orders null before false before true.
func simpleRank(n uint64) uint64 { return (n - simpleFalse + 1) % 3 }

// compareNumbers compares exactly, without rounding an integer to a float.
func compareNumbers(ma byte, na uint64, mb byte, nb uint64) int {
	switch {
	case ma == majorFloat && mb == majorFloat:
		return cmp.Compare(math.Float64frombits(na), math.Float64frombits(nb))
	case ma == majorFloat:
		return -compareIntFloat(toInt(mb, nb), math.Float64frombits(na))
	case mb == majorFloat:
		return compareIntFloat(toInt(ma, na), math.Float64frombits(nb))
	}
	return cmp.Compare(toInt(ma, na), toInt(mb, nb))
}

func compareIntFloat(i int64, f float64) int {
	switch {
	case f >= 1<<63:
		return -1
	case f < -1<<63:
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(whole, f)
}
