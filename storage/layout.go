package storage

import (
	"encoding/binary"
	"slices"
)

const (
	// pieceSize is the longest piece, and the longest splice that is kept.
	pieceSize = 16 << 10
	// pieceLeast is what a new piece has at least, unless the body has less: a
	// shorter one takes in its neighbour.
	pieceLeast = 4 << 10
	// maxPieces is more than any body needs.
	maxPieces = 1 << 12
)

// layout says which pieces make a body, in order. It is a value.
type layout struct {
	pieces []piece
	// spare are slots of pieces that are in the store, but no part of the body
	// any more, ascending: they are used again, or dropped, a few at a time.
	spare []uint16
	// splices is how many slots of splices there were when the layout was
	// written; they are used again from 0 on.
	splices int
}

// piece is a run of the body, stored under the number slot.
type piece struct {
	slot   uint16
	length int
}

// length is that of the body which the pieces make.
func (l layout) length() (n int) {
	for _, p := range l.pieces {
		n += p.length
	}
	return n
}

// has reports whether a part is one of a body with this layout and large in
// its record.
func (l layout) has(large *largeBody, kind byte, number uint16) bool {
	switch kind {
	case partLayout:
		return number == 0
	case partPiece:
		return slices.Contains(l.spare, number) || slices.ContainsFunc(l.pieces, func(p piece) bool { return p.slot == number })
	case partSplice:
		return int(number) < max(l.splices, large.splices)
	}
	return false
}

// appendBinary appends the number of pieces, slot and length of each, the
// slots of splices, and the spare slots; all are uvarints.
func (l layout) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(l.pieces)))
	for _, p := range l.pieces {
		b = binary.AppendUvarint(b, uint64(p.slot))
		b = binary.AppendUvarint(b, uint64(p.length))
	}
	b = binary.AppendUvarint(b, uint64(l.splices))
	for _, slot := range l.spare {
		b = binary.AppendUvarint(b, uint64(slot))
	}
	return b
}

func parseLayout(b []byte) (l layout, ok bool) {
	ok = true
	next := func(least, most uint64) int {
		n, w := binary.Uvarint(b)
		if !ok || w <= 0 || n < least || n > most {
			ok = false
			return 0
		}
		b = b[w:]
		return int(n)
	}
	l.pieces = make([]piece, 0, min(next(1, maxPieces), len(b)))
	seen := make(map[int]bool, cap(l.pieces))
	for range cap(l.pieces) {
		slot := next(0, maxPieces)
		ok = ok && !seen[slot]
		seen[slot] = true
		l.pieces = append(l.pieces, piece{uint16(slot), next(1, pieceSize)})
	}
	l.splices = next(0, maxTail)
	for ok && len(b) > 0 {
		slot := next(0, maxPieces)
		ok = ok && !seen[slot] && (len(l.spare) == 0 || uint16(slot) > l.spare[len(l.spare)-1])
		l.spare = append(l.spare, uint16(slot))
	}
	return l, ok
}
