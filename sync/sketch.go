package antientropy

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// A sketch tells two sets of documents apart at the cost of what they differ
// in: a rateless invertible Bloom lookup table (Yang, Gilad, Alizadeh:
// "Practical Rateless Set Reconciliation", SIGCOMM 2024). An element is put into
// cell 0 and then into ever fewer cells, which its own hash chooses; a cell sums
// up its elements. Of the difference of two sketches a cell with one element
// shows it, and taking that out of its other cells shows more. About 1.4 cells for each
// element that only one side has are enough.

// element stands for a document that exists: eight bytes that are keyed for the
// session, of its key and content.
type element uint64

// cell sums up elements: how many, and the exclusive or of them and of their
// checks.
type cell struct {
	count int64
	sum   element
	check uint32
}

// cellSize is what a cell takes on the wire at most: its count as a uvarint,
// eight bytes, four bytes.
const cellSize = binary.MaxVarintLen32 + 8 + 4

// elements makes the elements of one session.
type elements struct {
	key  [32]byte
	seed uint64
}

func newElements(key [32]byte) elements {
	h := sha256.Sum256(append(key[:], "elements"...))
	return elements{h, binary.LittleEndian.Uint64(key[:])}
}

func (e elements) of(key string, digest [32]byte) element {
	b := make([]byte, 0, 128)
	b = append(append(append(b, e.key[:]...), digest[:]...), key...)
	h := sha256.Sum256(b)
	return element(binary.LittleEndian.Uint64(h[:]))
}

// check is what tells a sum of one element from one of several. Nobody can
// choose elements, so it need not be a cryptographic hash.
func (e elements) check(x element) uint32 {
	z := uint64(x) ^ e.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return uint32((z ^ z>>31) >> 32)
}

// each calls fn for the cells from first up to, not including, end that hold x.
func (x element) each(first, end int, fn func(at int)) {
	state, at := uint64(x), uint64(0)
	for at < uint64(end) {
		if at >= uint64(first) {
			fn(int(at))
		}
		state *= 0xda942042e4dd58b5
		step := math.Ceil((float64(at) + 1.5) * ((1<<32)/math.Sqrt(float64(state)+1) - 1))
		if step >= float64(uint64(end)) {
			return
		}
		at += uint64(max(step, 1))
	}
}

// put adds x to a cell, or, with -1, takes it out.
func (c *cell) put(e elements, x element, n int64) {
	c.count += n
	c.sum ^= x
	c.check ^= e.check(x)
}

// cells are those from first up to, not including, end for a set.
func (e elements) cells(set []element, first, end int) []cell {
	out := make([]cell, end-first)
	for _, x := range set {
		x.each(first, end, func(at int) { out[at-first].put(e, x, 1) })
	}
	return out
}

// tell finds what only this side has, from the first cells of the other side;
// ok is false if they are too few.
func (e elements) tell(mine []element, theirs []cell) (only []element, ok bool) {
	left := append([]cell(nil), theirs...)
	for _, x := range mine {
		x.each(0, len(left), func(at int) { left[at].put(e, x, -1) })
	}
	var pure []int
	look := func(at int) {
		if c := left[at]; (c.count == 1 || c.count == -1) && e.check(c.sum) == c.check {
			pure = append(pure, at)
		}
	}
	for at := range left {
		look(at)
	}
	for steps := 0; len(pure) > 0 && steps <= 4*len(left); steps++ {
		c := left[pure[len(pure)-1]]
		pure = pure[:len(pure)-1]
		if c.count != 1 && c.count != -1 || e.check(c.sum) != c.check {
			continue // taken out with another cell
		}
		if c.count < 0 {
			only = append(only, c.sum)
		}
		c.sum.each(0, len(left), func(at int) {
			left[at].put(e, c.sum, -c.count)
			look(at)
		})
	}
	return only, len(left) > 0 && left[0] == cell{}
}

// appendCells writes cells: count, sum, check.
func appendCells(b []byte, cells []cell) []byte {
	for _, c := range cells {
		b = binary.AppendUvarint(b, uint64(c.count))
		b = binary.LittleEndian.AppendUint64(b, uint64(c.sum))
		b = binary.LittleEndian.AppendUint32(b, c.check)
	}
	return b
}

// cutCells reads cells that fill b, none of which counts more than most.
func cutCells(b []byte, most int) ([]cell, error) {
	cells := make([]cell, 0, len(b)/(1+8+4))
	for len(b) > 0 {
		n, rest, err := cutUvarint(b)
		if err != nil {
			return nil, err
		}
		if n > uint64(most) {
			return nil, bad("cell of %d documents", n)
		}
		if len(rest) < 12 {
			return nil, bad("cell of %d bytes", len(b))
		}
		cells = append(cells, cell{int64(n), element(binary.LittleEndian.Uint64(rest)), binary.LittleEndian.Uint32(rest[8:])})
		b = rest[12:]
	}
	return cells, nil
}
