package position

import (
	"encoding/binary"
	"fmt"
)

// input takes numbers from the front of bytes. After its first error there is
// nothing left.
type input struct {
	left []byte
	err  error
}

func (r *input) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrMalformed, what)
	}
	r.left = nil
}

// uint reads a number in its shortest form.
func (r *input) uint(what string) uint64 {
	x, n := binary.Uvarint(r.left)
	if n <= 0 || n > 1 && r.left[n-1] == 0 {
		r.fail(what)
		return 0
	}
	r.left = r.left[n:]
	return x
}

func (r *input) int(what string) int64 {
	u := r.uint(what)
	return int64(u>>1) ^ -int64(u&1)
}

func (r *input) byte(what string) byte {
	if len(r.left) == 0 {
		r.fail(what)
		return 0
	}
	b := r.left[0]
	r.left = r.left[1:]
	return b
}
