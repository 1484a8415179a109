package position

import "cmp"

// step is one step of a path: an element of a run, or another run that hangs
// on a side of it.
type step struct {
	value int64
	side  side // self for the element
	below *run // what hangs there; nil for the element
}

// Compare orders positions as their elements stand in the list. An end of the
// list is before all elements. It takes time linear in the depth.
func Compare(a, b Position) int {
	x, y, outcome := step{value: a.value}, step{value: b.value}, 0
	for {
		for a.depth() > b.depth() {
			a, x = up(a)
		}
		for b.depth() > a.depth() {
			b, y = up(b)
		}
		// Whether the runs that the steps are in are the same shows only further up;
		// if they are not, that decides instead.
		if c := compareSteps(x, y, a.runID()); c != 0 {
			outcome = c
		}
		if a.run == b.run {
			return outcome
		}
		a, x = up(a)
		b, y = up(b)
	}
}

// up is where the run of p hangs, and the step from there to the run.
func up(p Position) (Position, step) {
	return p.run.parent, step{p.run.parent.value, p.run.side, p.run}
}

func (p Position) runID() ID {
	if p.run == nil {
		return ID{}
	}
	return p.run.id
}

// compareSteps orders two steps in the run named id.
//
// On either side of an element of the spine the rest of the run is a sibling
// of what hangs there, and counts as id. So what hangs outside of it, on any
// element, comes before the whole spine in the order in which the spine was
// made, or after it in the opposite order; everything else stands at its
// element. A run that bears the same id comes after the rest of the run.
func compareSteps(a, b step, id ID) int {
	part := a.part(id)
	if c := cmp.Compare(part, b.part(id)); c != 0 {
		return c
	}
	if part != within {
		if c := cmp.Compare(b.value, a.value); c != 0 {
			return c
		}
	} else if c := cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.side, b.side)); c != 0 {
		return c
	}
	if a.below == nil || a.below == b.below {
		return 0
	}
	return a.below.id.Compare(b.below.id)
}

// part says whether a step in a run stands before, within or after its spine.
type part int8

const (
	ahead  part = -1
	within part = 0
	behind part = 1
)

func (s step) part(id ID) part {
	switch {
	case s.side == left && s.value <= 0 && s.below.id.Compare(id) < 0:
		return ahead
	case s.side == right && s.value >= 0 && s.below.id.Compare(id) >= 0:
		return behind
	}
	return within
}
