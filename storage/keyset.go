package storage

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// keySet is a set of keys, of which it has a hash each. One key may be taken for another: where that
// matters whoever asks looks at the store. The zero value is empty.
//
// Few hashes are in one piece, with all their bits. From maxFew on 40 bits of each are kept: the first ones
// say in which of many short pieces it is, and the 32 behind the first eight are there. So a key takes 5 bytes
// or so, however many there are.
type keySet struct {
	few  []uint64   // in order; nil when there are many
	many [][]uint32 // each in order; 1 << bits of them
	bits int        // at least leastBits
	n    int
}

const (
	maxFew    = 512
	leastBits = 8
	// maxPiece is how many hashes the pieces have on average when their number is doubled.
	maxPiece = 96
	// pieceRoom is by how many hashes a piece grows.
	pieceRoom = 8
)

var keySeed = maphash.MakeSeed()

// keyHash is what a keySet has of a key. Nobody elsewhere can tell which keys have the same.
func keyHash(key string) uint64 { return maphash.String(keySeed, key) }

// appendHashes appends what a keySet has of the keys that an entry of the dot index names.
func appendHashes(hashes []uint64, entry []byte) []uint64 {
	for name := range bytes.SplitSeq(entry, []byte{betweenKeys}) {
		hashes = append(hashes, maphash.Bytes(keySeed, keyIn(name)))
	}
	return hashes
}

// keySetOf is the set of hashes, which it keeps, and changes the order of.
func keySetOf(hashes []uint64) keySet {
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	s := keySet{n: len(hashes)}
	if s.n <= maxFew {
		s.few = slices.Clone(hashes)
		return s
	}
	for s.bits = leastBits; s.n > maxPiece<<s.bits; s.bits++ {
	}
	s.many = make([][]uint32, 1<<s.bits)
	for len(hashes) > 0 {
		at, n := s.piece(hashes[0]), 1
		for n < len(hashes) && s.piece(hashes[n]) == at {
			n++
		}
		piece := make([]uint32, n)
		for i, h := range hashes[:n] {
			piece[i] = short(h)
		}
		s.many[at] = slices.Compact(piece)
		s.n -= n - len(s.many[at])
		hashes = hashes[n:]
	}
	return s
}

// piece is where a hash is, among many.
func (s *keySet) piece(h uint64) int { return int(h >> (64 - s.bits)) }

// short is what a piece has of a hash.
func short(h uint64) uint32 { return uint32(h >> (32 - leastBits)) }

// has reports whether a key with a hash is in the set, or one that is like it.
func (s *keySet) has(h uint64) (found bool) {
	if s.many == nil {
		_, found = slices.BinarySearch(s.few, h)
		return found
	}
	_, found = slices.BinarySearch(s.many[s.piece(h)], short(h))
	return found
}

func (s *keySet) add(h uint64) {
	if s.many == nil {
		at, found := slices.BinarySearch(s.few, h)
		if found {
			return
		}
		s.few = slices.Insert(s.few, at, h)
		if s.n++; s.n > maxFew {
			*s = keySetOf(s.few)
		}
		return
	}
	piece := &s.many[s.piece(h)]
	at, found := slices.BinarySearch(*piece, short(h))
	if found {
		return
	}
	if n := len(*piece); n == cap(*piece) { // no more room than it takes: twice as much is a quarter of all
		*piece = append(make([]uint32, 0, n+pieceRoom), *piece...)
	}
	*piece = slices.Insert(*piece, at, short(h))
	if s.n++; s.n > maxPiece<<s.bits {
		s.split()
	}
}

func (s *keySet) drop(h uint64) {
	if s.many == nil {
		if at, found := slices.BinarySearch(s.few, h); found {
			s.few = slices.Delete(s.few, at, at+1)
			s.n--
		}
		return
	}
	piece := &s.many[s.piece(h)]
	if at, found := slices.BinarySearch(*piece, short(h)); found {
		*piece = slices.Delete(*piece, at, at+1)
		s.n--
	}
}

// split makes two of each piece: the hashes say by their next bit in which they are.
func (s *keySet) split() {
	bit := uint32(1) << (31 - (s.bits - leastBits))
	many := make([][]uint32, 2*len(s.many))
	for i, piece := range s.many {
		at, _ := slices.BinarySearchFunc(piece, bit, func(v, bit uint32) int { return int(v&bit) - int(bit) })
		many[2*i], many[2*i+1] = slices.Clone(piece[:at]), slices.Clone(piece[at:])
	}
	s.many = many
	s.bits++
}
