package crdt

import (
	"errors"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// The reasons why an edit of a list or a text is refused; each comes inside a
// *PathError that names the place.
var (
	// ErrPosition is returned when a position is negative, or beyond the end
	// of a list or a text.
	ErrPosition = text.ErrPosition
	// ErrSurrogate is returned when a position in UTF-16 units lies between
	// the two halves of a code point.
	ErrSurrogate = text.ErrSurrogate
	// ErrTest is returned when a test of a JSON Patch finds another value.
	ErrTest = errors.New("the test of the patch failed")
)
