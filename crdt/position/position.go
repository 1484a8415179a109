package position

import (
	"strconv"
	"strings"
)

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
	depth  int32    // how many runs are above it

	home  *mark // of the table it was made for, or nil
	index int32 // in that table
}

// side is a side of an element, or the element itself.
type side int8

const (
	left  side = -1
	self  side = 0
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

// depth is how many runs are above the one of p; -1 for an end of the list.
func (p Position) depth() int32 {
	if p.run == nil {
		return -1
	}
	return p.run.depth
}

// Between returns the position named id, which is new and lies between two
// others; the zero Position stands for an end of the list. The counter of id is
// from 1 to MaxCounter (anything else panics) and, for the position never to be
// given twice, greater than all that its replica used before.
func Between(before, after Position, id ID) Position {
	if id.Counter == 0 || id.Counter > MaxCounter {
		panic("position: counter out of bounds: " + id.String())
	}
	if after.IsZero() || !after.descends(before) {
		if before.value >= 0 && before.extends(id) {
			return Position{before.run, int64(id.Counter)}
		}
		return hang(before, right, id)
	}
	if after.value <= 0 && after.extends(id) {
		return Position{after.run, -int64(id.Counter)}
	}
	return hang(after, left, id)
}

// extends reports whether id may go on with the run of p.
func (p Position) extends(id ID) bool {
	return p.run != nil && p.run.id.Replica == id.Replica && p.ID().Counter < id.Counter
}

// hang begins a run on a side of p.
func hang(p Position, s side, id ID) Position {
	return Position{run: &run{id: id, parent: p, side: s, depth: p.depth() + 1}}
}

// descends reports whether p, another position, is below of in the tree.
func (p Position) descends(of Position) bool {
	if of.IsZero() {
		return true
	}
	for p.depth() > of.depth() {
		p = p.run.parent
	}
	switch {
	case !p.run.is(of.run):
		return false
	case of.value > 0:
		return p.value >= of.value
	}
	return of.value == 0 || p.value <= of.value
}

// is reports whether two runs are the same, by their whole paths.
func (r *run) is(o *run) bool {
	for r != o {
		if r == nil || o == nil || r.id != o.id || r.side != o.side || r.parent.value != o.parent.value {
			return false
		}
		r, o = r.parent.run, o.parent.run
	}
	return true
}

// maxPrinted is how many runs of a position String prints.
const maxPrinted = 8

// String prints the path, run by run: "a:1+5<b:2" is the first element of the
// run b:2, which hangs on the left of the element a:5 of the run a:1. Of a deep
// path it prints the last 8 runs.
func (p Position) String() string {
	var parts []string
	for p.run != nil {
		s := p.run.id.String()
		if p.value != 0 {
			s += strconv.FormatInt(p.value, 10)
			if p.value > 0 {
				s = p.run.id.String() + "+" + strconv.FormatInt(p.value, 10)
			}
		}
		if len(parts) == maxPrinted {
			parts = append(parts, "…")
			break
		}
		if p.run.depth > 0 {
			s = map[side]string{left: "<", right: ">"}[p.run.side] + s
		}
		parts = append(parts, s)
		p = p.run.parent
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return b.String()
}
