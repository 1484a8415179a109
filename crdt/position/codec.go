package position

import "errors"

// ErrMalformed is returned when bytes are not the one encoding of positions.
var ErrMalformed = errors.New("malformed positions")

// Element is what the codec writes of one element of a list: where it was
// inserted, which names it, and where it is. There are several places when it
// was moved by several at the same time, and none if it was removed.
type Element struct {
	Origin Position
	Places []Position
}

// Append appends the positions of the elements of all lists of a document, in
// the order in which they are there. The ids of places are not written: the
// reader is told them. number gives the number of a replica (a new one if it
// has none) and is called in the order of the bytes.
func Append(dst []byte, lists [][]Element, number func(replica [16]byte) int) []byte { panic("todo") }

// Reader reads what Append wrote, in two steps, because how many places an
// element has must be known before their ids can be.
type Reader struct{}

// Open begins to read the positions of lists with these numbers of elements.
func Open(b []byte, sizes []int) (*Reader, error) { panic("todo") }

// Places returns how many places the i-th element has, counted through all
// lists.
func (r *Reader) Places(i int) int { panic("todo") }

// Total returns how many places all elements have.
func (r *Reader) Total() int { panic("todo") }

// Elements returns the elements of all lists, one after the other. ids are
// those of all places, in order; replica is the one with a number, called in
// the order of the bytes, or false if there is none.
func (r *Reader) Elements(ids []ID, replica func(number uint64) ([16]byte, bool)) ([]Element, error) {
	panic("todo")
}
