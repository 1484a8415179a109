package position

import "fmt"

// Reader reads what Append wrote, in two steps, because how many places an
// element has must be known before their ids can be. It accepts exactly one
// encoding of the same positions.
type Reader struct {
	in     input
	sizes  []int
	shapes []shape
	total  int
}

// shape is how many places an element has, and which of them is the origin.
type shape struct{ places, origin int32 }

// Open begins to read the positions of lists with these numbers of elements.
// Memory is bounded by that of the elements and the length of b, which must not
// be modified while the Reader is in use.
func Open(b []byte, sizes []int) (*Reader, error) {
	n := 0
	for _, size := range sizes {
		n += size
	}
	r := &Reader{in: input{left: b}, sizes: sizes, shapes: make([]shape, n), total: n}
	for i := range r.shapes {
		r.shapes[i] = shape{places: 1}
	}
	next := 0
	for count := r.in.uint("unusual elements"); count > 0 && r.in.err == nil; count-- {
		before := r.in.uint("usual elements")
		if before >= uint64(n-next) {
			r.in.fail("more elements than there are")
			break
		}
		next += int(before)
		r.shapes[next] = r.shape()
		r.total += int(r.shapes[next].places) - 1
		next++
	}
	return r, r.in.err
}

// shape reads the marks of an unusual element.
func (r *Reader) shape() shape {
	s := shape{origin: -1}
	for {
		switch mark := r.in.byte("marks"); {
		case mark == markEnd && s == shape{places: 1}:
			r.in.fail("usual element among the unusual")
			return s
		case mark == markEnd:
			return s
		case mark == markOrigin && s.origin < 0:
			s.origin = s.places
		case mark != markPlace || r.in.err != nil:
			r.in.fail("marks")
			return s
		}
		s.places++
	}
}

// Places returns how many places the i-th element has, counted through all
// lists.
func (r *Reader) Places(i int) int { return int(r.shapes[i].places) }

// Total returns how many places all elements have.
func (r *Reader) Total() int { return r.total }

// Elements returns the elements of all lists, one after the other. ids are
// those of all places, in order; replica is the one with a number, called in
// the order of the bytes, or false if there is none. It is called once.
func (r *Reader) Elements(ids []ID, replica func(number uint64) ([16]byte, bool)) ([]Element, error) {
	if len(ids) != r.total {
		return nil, fmt.Errorf("%w: %d ids for %d places", ErrMalformed, len(ids), r.total)
	}
	elements := make([]Element, len(r.shapes))
	places := make([]Position, r.total)
	first := 0
	for _, size := range r.sizes {
		shapes := r.shapes[first : first+size]
		told, untold := 0, 0
		for _, s := range shapes {
			told += int(s.places)
			if s.origin < 0 {
				untold++
			}
		}
		l := listReader{input: &r.in, replica: replica, ids: ids[:told], at: places[:told:told]}
		origins := l.read(untold)
		if r.in.err != nil {
			return nil, r.in.err
		}
		l.assign(elements[first:first+size], shapes, origins)
		ids, places, first = ids[told:], places[told:], first+size
	}
	if len(r.in.left) > 0 {
		r.in.fail("bytes after the end")
	}
	return elements, r.in.err
}

// assign gives elements what was read of them.
func (l *listReader) assign(elements []Element, shapes []shape, origins []Position) {
	places := l.at
	for i, s := range shapes {
		e := &elements[i]
		e.Places, places = places[:s.places:s.places], places[s.places:]
		if s.origin >= 0 {
			e.Origin = e.Places[s.origin]
		} else {
			e.Origin, origins = origins[0], origins[1:]
		}
		if e.originPlace(&l.table) != int(s.origin) {
			l.fail("origin that is a place written as if it were none")
		}
	}
}
