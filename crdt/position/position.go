package position

// Position is a place in a list. The zero Position is no element: it stands
// for an end of the list. Positions are == if they are the same and come from
// one Table; Compare tells for all others.
type Position struct {
	run   *run
	value int64 // 0: the run's first element; above: appended; below: prepended
}

// run is a chain of elements of one replica; never modified once made.
type run struct {
	id     ID       // of its first element
	parent Position // where it hangs; zero at the top
	side   side     // of parent; right at the top
	depth  int      // how many runs are above it
}

// side is a side of an element.
type side int8

const (
	left  side = -1
	right side = 1
)

// IsZero reports whether p is an end of the list, and no element.
func (p Position) IsZero() bool { return p.run == nil }

// ID returns the id that p was made with; the zero ID for an end.
func (p Position) ID() ID {
	switch {
	case p.run == nil:
		return ID{}
	case p.value == 0:
		return p.run.id
	case p.value < 0:
		return ID{p.run.id.Replica, uint64(-p.value)}
	}
	return ID{p.run.id.Replica, uint64(p.value)}
}

// Between returns the position id, which is new and lies between two others;
// the zero Position stands for an end of the list. The counter of id is from 1
// to MaxCounter, and greater than all that its replica used before.
func Between(before, after Position, id ID) Position { panic("todo") }

// Compare orders positions as their elements stand in the list. An end of the
// list is before all elements.
func Compare(a, b Position) int { panic("todo") }
