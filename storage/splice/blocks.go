package splice

import (
	"bytes"
	"math/bits"
)

// blockSize is the length of the blocks of the old bytes that are looked for
// anywhere in the new ones.
const blockSize = 32

// maxChain is how many blocks of one hash are compared.
const maxChain = 16

// factor makes the polynomial hash of a block, modulo 2^64; it is odd.
const factor = 0x9e3779b97f4a7c15

// factorOut is factor to the power of blockSize-1, the weight of the byte that
// leaves a block.
var factorOut = func() (p uint64) {
	p = 1
	for range blockSize - 1 {
		p *= factor
	}
	return p
}()

func hash(block []byte) (h uint64) {
	for _, c := range block {
		h = h*factor + uint64(c) + 1
	}
	return h
}

// roll is the hash of the block one byte further.
func roll(h uint64, out, in byte) uint64 {
	return (h-(uint64(out)+1)*factorOut)*factor + uint64(in) + 1
}

// blocks finds blocks of the old bytes by their hash: those that begin at
// from, from+blockSize and so on.
type blocks struct {
	old   []byte
	from  int
	shift int
	first []int32 // by hash: 1 + number of the first such block
	next  []int32 // by number: the next of the same hash
}

func newBlocks(old []byte, from int) *blocks {
	n := (len(old) - from) / blockSize
	size := bits.Len(uint(n)) + 1
	b := &blocks{old: old, from: from, shift: 64 - size, first: make([]int32, 1<<size), next: make([]int32, n)}
	for k := n - 1; k >= 0; k-- {
		at := b.slot(hash(old[from+k*blockSize : from+(k+1)*blockSize]))
		b.next[k] = b.first[at]
		b.first[at] = int32(k) + 1
	}
	return b
}

// slot spreads hashes, whose low bits depend on the last bytes only.
func (b *blocks) slot(h uint64) uint64 {
	h ^= h >> 32
	return h * factor >> b.shift
}

// find gives the offset, at least least, of a block with these bytes and hash.
func (b *blocks) find(h uint64, block []byte, least int) (offset int, ok bool) {
	k := b.first[b.slot(h)]
	for range maxChain {
		if k == 0 {
			return 0, false
		}
		at := b.from + int(k-1)*blockSize
		if at >= least && bytes.Equal(b.old[at:at+blockSize], block) {
			return at, true
		}
		k = b.next[k-1]
	}
	return 0, false
}
