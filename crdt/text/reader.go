package text

import (
	"encoding/binary"
	"fmt"
)

// reader takes numbers from the front of bytes. After its first error there is
// nothing left to read.
type reader struct {
	left []byte
	err  error
}

func (r *reader) fail(err error, what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", err, what)
	}
	r.left = nil
}

func (r *reader) uint(what string) uint64 {
	x, n := binary.Uvarint(r.left)
	if n <= 0 {
		r.fail(ErrMalformed, what)
		return 0
	}
	r.left = r.left[n:]
	return x
}

func (r *reader) int(what string) int64 {
	x, n := binary.Varint(r.left)
	if n <= 0 {
		r.fail(ErrMalformed, what)
		return 0
	}
	r.left = r.left[n:]
	return x
}

// count reads a number of things that take at least size bytes each.
func (r *reader) count(size int, what string) int {
	x := r.uint(what)
	if x > uint64(len(r.left)/size) {
		r.fail(ErrMalformed, "number of "+what)
		return 0
	}
	return int(x)
}
