package barrage

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
)

// mutation makes bytes of other bytes: each method returns new ones.
type mutation struct {
	*rand.Rand
	donor []byte // of another input, or the same
}

// any changes bytes of which nothing is known.
func (m mutation) any(b []byte) []byte {
	if len(b) == 0 {
		return m.insert(b)
	}
	switch m.IntN(12) {
	case 0:
		b = bytes.Clone(b)
		b[m.IntN(len(b))] ^= 1 << m.IntN(8)
		return b
	case 1:
		b = bytes.Clone(b)
		b[m.IntN(len(b))] = telling[m.IntN(len(telling))]
		return b
	case 2:
		b = bytes.Clone(b)
		b[m.IntN(len(b))] += byte(m.IntN(9)) - 4
		return b
	case 3:
		return m.insert(b)
	case 4, 5:
		at, to := m.span(len(b))
		return slices.Concat(b[:at], b[to:])
	case 6:
		return m.join(b)
	case 7:
		return m.copied(b)
	case 8, 9:
		return m.number(b)
	case 10:
		return m.fixed(b)
	}
	return m.field(b)
}

// telling are bytes at limits: of numbers, of heads of CBOR, and of text.
var telling = []byte{0, 1, 2, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, ' ', '"', '\\', '{', '}', '[', ']', ',', 'e', '-', '.', '/', '~', 0x3b, 0x40, 0x58, 0x5b, 0x60, 0x78, 0x7b, 0x7f,
	0x80, 0x81, 0x98, 0x9b, 0xa0, 0xa1, 0xb8, 0xbb, 0xc0, 0xd8, 0xf4, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfe, 0xff}

// insert puts some bytes anywhere.
func (m mutation) insert(b []byte) []byte {
	at := m.IntN(len(b) + 1)
	if len(m.donor) > 0 && m.IntN(2) == 0 {
		from, to := m.span(len(m.donor))
		return slices.Concat(b[:at], m.donor[from:to], b[at:])
	}
	return slices.Concat(b[:at], m.some(), b[at:])
}

// some are a few bytes.
func (m mutation) some() []byte {
	b := make([]byte, 1+m.IntN(4)*m.IntN(4))
	for i := range b {
		if b[i] = byte(m.Uint32()); m.IntN(2) == 0 {
			b[i] = telling[m.IntN(len(telling))]
		}
	}
	return b
}

// span is a part of n bytes, mostly a short one.
func (m mutation) span(n int) (from, to int) {
	from = m.IntN(n)
	most := n - from
	if m.IntN(4) > 0 {
		most = min(most, 8)
	}
	return from, from + 1 + m.IntN(most)
}

// join is the beginning of b and the end of the donor, where possible at
// places that look alike.
func (m mutation) join(b []byte) []byte {
	if len(m.donor) == 0 {
		return b
	}
	at, to := m.IntN(len(b)+1), m.IntN(len(m.donor)+1)
	if at >= 2 && m.IntN(4) > 0 {
		if same := bytes.Index(m.donor, b[at-2:at]); same >= 0 {
			to = same + 2
		}
	}
	return slices.Concat(b[:at], m.donor[to:])
}

// copied puts a part of b, or of the donor, over another part of it.
func (m mutation) copied(b []byte) []byte {
	source := b
	if len(m.donor) > 0 && m.IntN(2) == 0 {
		source = m.donor
	}
	from, to := m.span(len(source))
	at := m.IntN(len(b))
	if m.IntN(2) == 0 {
		return slices.Concat(b[:at], source[from:to], b[at:])
	}
	out := bytes.Clone(b)
	copy(out[at:], source[from:to])
	return out
}

// number takes what is anywhere for a varint, and puts another there.
func (m mutation) number(b []byte) []byte {
	at := m.IntN(len(b))
	n, k := binary.Uvarint(b[at:])
	if k <= 0 {
		n, k = uint64(b[at]), 1
	}
	return slices.Concat(b[:at], binary.AppendUvarint(nil, nearby(m.Rand, n)), b[at+k:])
}

// fixed takes what is anywhere for a number of fixed width, and puts another
// there.
func (m mutation) fixed(b []byte) []byte {
	width := 1 << m.IntN(4)
	if width > len(b) {
		return m.number(b)
	}
	b = bytes.Clone(b)
	part := b[m.IntN(len(b)-width+1):][:width]
	big := m.IntN(2) == 0
	putFixed(part, nearby(m.Rand, getFixed(part, big)), big)
	return b
}

func getFixed(b []byte, big bool) (n uint64) {
	for i := range b {
		at := i
		if !big {
			at = len(b) - 1 - i
		}
		n = n<<8 | uint64(b[at])
	}
	return n
}

func putFixed(b []byte, n uint64, big bool) {
	for i := range b {
		at := i
		if big {
			at = len(b) - 1 - i
		}
		b[at] = byte(n >> (8 * i))
	}
}

// field takes what is anywhere for the length of what follows, changes
// that, and the length with it.
func (m mutation) field(b []byte) []byte {
	for range 8 {
		at := m.IntN(len(b))
		if m.IntN(2) == 0 {
			n, k := binary.Uvarint(b[at:])
			if k <= 0 || n > uint64(len(b)-at-k) {
				continue
			}
			end := at + k + int(n)
			content := m.content(b[at+k : end])
			return slices.Concat(b[:at], binary.AppendUvarint(nil, uint64(len(content))), content, b[end:])
		}
		width, big := 1+m.IntN(4), m.IntN(2) == 0
		if width > len(b)-at {
			continue
		}
		n := getFixed(b[at:at+width], big)
		if n > uint64(len(b)-at-width) {
			continue
		}
		end := at + width + int(n)
		content := m.content(b[at+width : end])
		length := make([]byte, width)
		putFixed(length, uint64(len(content)), big)
		return slices.Concat(b[:at], length, content, b[end:])
	}
	return m.copied(b)
}

// content is other bytes for a field.
func (m mutation) content(b []byte) []byte {
	switch m.IntN(4) {
	case 0:
		return m.some()
	case 1:
		if len(m.donor) > 0 {
			from, to := m.span(len(m.donor))
			return m.donor[from:to]
		}
	case 2:
		return nil
	}
	if len(b) == 0 {
		return m.some()
	}
	at := m.IntN(len(b) + 1)
	return slices.Concat(b[:at], m.some(), b[at:])
}

// nearby is another number than n: one beside it, a part or a multiple, or one at a limit.
func nearby(random *rand.Rand, n uint64) uint64 {
	switch random.IntN(8) {
	case 0, 1:
		return n + 1
	case 2, 3:
		return n - 1
	case 4:
		return n ^ 1<<random.IntN(64)
	case 5:
		return n << random.IntN(9)
	case 6:
		return random.Uint64() >> random.IntN(64)
	}
	return limits[random.IntN(len(limits))] + uint64(random.IntN(3)) - 1
}

var limits = []uint64{0, 23, 64, 127, 128, 1 << 8, 1 << 10, 1 << 14, 1 << 16, 1 << 20, 1 << 21, 1 << 28, 1 << 31, 1 << 32, 1 << 35, 1 << 48, 1 << 53, 1 << 56, 1 << 62, math.MaxInt64, 1 << 63, math.MaxUint64}
