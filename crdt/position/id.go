package position

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"math"
	"strconv"
)

// MaxCounter is the greatest counter of an ID; the smallest is 1.
const MaxCounter = math.MaxInt64

// ID names a position for ever: the Counter-th event of Replica.
type ID struct {
	Replica [16]byte
	Counter uint64
}

// Compare orders ids by replica, then counter.
func (i ID) Compare(o ID) int {
	if c := bytes.Compare(i.Replica[:], o.Replica[:]); c != 0 {
		return c
	}
	return cmp.Compare(i.Counter, o.Counter)
}

// String prints "a:7"; a replica prints as its first byte if the others are
// zero (tests name them so), else as its first 8 hexadecimal digits.
func (i ID) String() string {
	name := hex.EncodeToString(i.Replica[:4])
	if r := i.Replica; r[0] > ' ' && r[0] < 0x7f && r == [16]byte{r[0]} {
		name = string(rune(r[0]))
	}
	return name + ":" + strconv.FormatUint(i.Counter, 10)
}
