package storage

import (
	"slices"

	"github.com/crdtstore/crdtstore/storage/splice"
)

// placed is a piece and where in the body it begins.
type placed struct {
	piece
	at int
}

// fold is the layout of the body that s makes of the one of l. Pieces of which
// s keeps every byte stay as they are; what lies between them is cut anew, and
// dirty lists it: it must be written.
func (l layout) fold(s splice.Splice) (next layout, dirty []placed) {
	kept := unite(l.kept(s), s.Len())
	used := make([]bool, maxPieces)
	for _, k := range kept {
		used[k.slot] = true
	}
	slot, done := 0, 0
	cut := func(to int) {
		n := (to - done + pieceSize - 1) / pieceSize
		for i := range n {
			for used[slot] {
				slot++
			}
			used[slot] = true
			end := done + (to-done)/(n-i)
			dirty = append(dirty, placed{piece{uint16(slot), end - done}, done})
			next.pieces = append(next.pieces, piece{uint16(slot), end - done})
			done = end
		}
	}
	for _, k := range kept {
		cut(k.at)
		next.pieces = append(next.pieces, k.piece)
		done += k.length
	}
	cut(s.Len())
	for _, p := range l.pieces {
		if !used[p.slot] {
			next.spare = append(next.spare, p.slot)
		}
	}
	for _, spare := range l.spare {
		if !used[spare] {
			next.spare = append(next.spare, spare)
		}
	}
	slices.Sort(next.spare)
	next.splices = l.splices
	return next, dirty
}

// kept are the pieces that s keeps whole, where they are in what it makes.
func (l layout) kept(s splice.Splice) (kept []placed) {
	i, from, at := 0, 0, 0 // piece i begins at from
	for _, r := range s.Runs() {
		if r.New == nil {
			for i < len(l.pieces) && from < r.From {
				from += l.pieces[i].length
				i++
			}
			for i < len(l.pieces) && from+l.pieces[i].length <= r.From+r.Len {
				kept = append(kept, placed{l.pieces[i], at + from - r.From})
				from += l.pieces[i].length
				i++
			}
		}
		at += r.Len
	}
	return kept
}

// unite leaves out kept pieces beside gaps in a body of n bytes that are too
// short for a piece, so that they are cut anew together.
func unite(kept []placed, n int) []placed {
	out, done := kept[:0], 0
	for _, k := range kept {
		if gap := k.at - done; 0 < gap && gap < pieceLeast {
			continue
		}
		out, done = append(out, k), k.at+k.length
	}
	if gap := n - done; 0 < gap && gap < pieceLeast && len(out) > 0 {
		out = out[:len(out)-1]
	}
	return out
}
