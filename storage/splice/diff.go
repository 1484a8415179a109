package splice

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	// near is how far, on both sides together, the next agreement is looked for
	// at every offset; agreement is how many equal bytes it takes.
	near      = 40
	agreement = 8
	// maxEdits is after how many edits a difference is not worth the search:
	// what follows is taken as new.
	maxEdits = 2048
)

// Diff finds a splice that makes changed of old; it shares memory with changed.
// It takes time in proportion to both lengths.
func Diff(old, changed []byte) Splice {
	suffix := commonSuffix(old, changed)
	d := differ{old: old[:len(old)-suffix], new: changed[:len(changed)-suffix]}
	for edits := 0; ; edits++ {
		n := commonPrefix(d.old[d.i:], d.new[d.j:])
		d.out.copy(d.i, n)
		d.i, d.j = d.i+n, d.j+n
		i, j := len(d.old), len(d.new)
		if d.i == i || d.j == j || edits == maxEdits || !d.agreeNear(&i, &j) && !d.agreeFar(&i, &j) {
			d.out.insert(d.new[d.j:])
			break
		}
		d.out.insert(d.new[d.j:j])
		d.i, d.j = i, j
	}
	d.out.copy(len(old)-suffix, suffix)
	return d.out.splice(len(old))
}

// differ has come to old[i:] and new[j:], which begin differently.
type differ struct {
	old, new []byte
	i, j     int
	out      builder
	blocks   *blocks // of old, made when first needed
}

// agreeNear finds the nearest place where both agree again.
func (d *differ) agreeNear(i, j *int) bool {
	for sum := 1; sum <= near; sum++ {
		for del := 0; del <= sum; del++ {
			x, y := d.i+del, d.j+sum-del
			if x+agreement > len(d.old) || y+agreement > len(d.new) {
				continue
			}
			if binary.LittleEndian.Uint64(d.old[x:]) == binary.LittleEndian.Uint64(d.new[y:]) {
				*i, *j = x, y
				return true
			}
		}
	}
	return false
}

// agreeFar finds the first block of new that is one of old.
func (d *differ) agreeFar(i, j *int) bool {
	if len(d.new)-d.j < blockSize || len(d.old)-d.i < blockSize {
		return false
	}
	if d.blocks == nil {
		d.blocks = newBlocks(d.old, d.i)
	}
	h := hash(d.new[d.j : d.j+blockSize])
	for y := d.j; ; y++ {
		if x, ok := d.blocks.find(h, d.new[y:y+blockSize], d.i); ok {
			for x > d.i && y > d.j && d.old[x-1] == d.new[y-1] {
				x, y = x-1, y-1
			}
			*i, *j = x, y
			return true
		}
		if y+blockSize == len(d.new) {
			return false
		}
		h = roll(h, d.new[y], d.new[y+blockSize])
	}
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+256 <= n && bytes.Equal(a[i:i+256], b[i:i+256]); i += 256 {
	}
	for ; i+8 <= n; i += 8 {
		if x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for ; i < n && a[i] == b[i]; i++ {
	}
	return i
}

func commonSuffix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+256 <= n && bytes.Equal(a[len(a)-i-256:len(a)-i], b[len(b)-i-256:len(b)-i]); i += 256 {
	}
	for ; i < n && a[len(a)-i-1] == b[len(b)-i-1]; i++ {
	}
	return i
}
