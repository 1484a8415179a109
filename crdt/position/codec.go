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

// All numbers are shortest varints of encoding/binary.
//
// First comes the number of elements that are not as most are (one place, the
// origin), and for each how many others are before it, then a mark for each
// place, whether it is the origin, and one that says that there are no more.
// A place costs a byte, so that a few bytes cannot claim many.
const (
	markPlace  = 0
	markOrigin = 1
	markEnd    = 2
)

// Then, list by list, come the places of its elements and the origins of those
// of which no place is the origin. They are written in groups: as many as
// follow each other in one run, and on one side of its first element. A group
// is opBack or opAhead with which run it is, then how many there are. Which run
// is meant is told by how far it is, in the order in which the list's runs are
// defined, from the one that was used or defined last. Of origins follow the
// values: by how much each is beyond the counter of the run's id, 0 for the
// first element. Those of places are told by their ids.
//
// A run is defined before the group that uses it first, after those above it:
// opRun with which run is above it and the side it hangs on (or 0, at the top),
// the value it hangs on, the number of its replica, and by how much its counter
// differs from that of the replica's last run in the list. If it is used first
// by the place that is its first element, it is opFirst: without replica and
// counter, which the place tells, and the group follows without an opAhead.
const (
	opAhead = iota // values from 0 up
	opBack         // values below 0
	opRun
	opFirst
	ops // how many there are
)

// offset is how far a value is beyond the run's own counter; 0 for 0.
func (r *run) offset(value int64) uint64 {
	switch {
	case value == 0:
		return 0
	case value < 0:
		value = -value
	}
	return uint64(value) - r.id.Counter
}

// value is the inverse of offset; false if there is none.
func (r *run) value(offset uint64, back bool) (int64, bool) {
	switch {
	case offset == 0:
		return 0, !back
	case offset > MaxCounter-r.id.Counter:
		return 0, false
	case back:
		return -int64(r.id.Counter + offset), true
	}
	return int64(r.id.Counter + offset), true
}

// valueOf is the value of the position of r with an id; false if there is none.
func (r *run) valueOf(id ID, back bool) (int64, bool) {
	if id == r.id {
		return 0, !back
	}
	if id.Replica != r.id.Replica || id.Counter <= r.id.Counter {
		return 0, false
	}
	return r.value(id.Counter-r.id.Counter, back)
}
