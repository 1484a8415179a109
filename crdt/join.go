package crdt

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// lens looks dots up in a context and remembers the last replica: neighbours
// mostly share it.
type lens struct {
	vector  VersionVector
	replica ReplicaID
	counter uint64
	warm    bool
	seen    func(Dot) bool // instead of vector, unless nil
}

func (l *lens) has(d Dot) bool {
	if l.seen != nil {
		return l.seen(d)
	}
	if !l.warm || l.replica != d.Replica {
		l.replica, l.counter, l.warm = d.Replica, l.vector.Counter(d.Replica), true
	}
	return d.Counter <= l.counter
}

// sides says whether the outcome equals the left and the right input, so that
// a subtree that does not change is shared and not copied.
type sides struct{ left, right bool }

func (s *sides) and(o sides) { s.left, s.right = s.left && o.left, s.right && o.right }

// join is the state of one Merge.
type join struct {
	left, right lens
	forged      []Dot          // that have different bytes on both sides
	misplaced   map[Dot]winner // see misplaced
	digests     position.Digester
	steps       []step // the path to where it is
	lostLeft    []Dot  // of what the left has and the right has seen removed
	lostRight   []Dot
	dispute     *dispute
	work        int   // steps that texts may still take
	err         error // the first
}

// step leads from a node to a field, or to an element of a list of which the
// step is said by its place among the elements of one side.
type step struct {
	name  string
	items []item // nil for a field
	at    int
	hash  string // see hashPath; "" if nobody has asked
}

// enter goes on to a field. It writes as little as it can: a merge does so for
// every field, and whatever it writes the garbage collector is told.
func (j *join) enter(name string) {
	n := len(j.steps)
	if n == cap(j.steps) {
		j.steps = append(j.steps, step{name: name})
		return
	}
	j.steps = j.steps[:n+1]
	s := &j.steps[n]
	s.name = name
	if s.items != nil || s.hash != "" {
		s.items, s.hash = nil, ""
	}
}

var noNode node

func (j *join) node(a, b *node) (node, sides) {
	var n node
	var same sides
	n.entries, same = j.entries(a.entries, b.entries)
	fields, s := j.fields(a.fields, b.fields)
	n.fields = fields
	same.and(s)
	if a.seq != nil || b.seq != nil {
		n.seq, s = j.sequence(a, b, n.entries)
		same.and(s)
	}
	if j.dispute != nil {
		j.dispute.settle(&n, a.entries, b.entries)
		same.and(sides{slices.Equal(n.entries, a.entries), slices.Equal(n.entries, b.entries)})
	}
	switch {
	case same.left:
		return *a, same
	case same.right:
		return *b, same
	}
	return n.normal(), same
}

// dropLeft reports whether the right side has seen that what the left has,
// and the right lacks, was removed.
func (j *join) dropLeft(d Dot) bool {
	if !j.right.has(d) {
		return false
	}
	j.lostLeft = append(j.lostLeft, d)
	if side := j.misplaced[d]; side != 0 {
		return side != winnerLeft
	}
	return !j.dispute.keepsLeft(d)
}

func (j *join) dropRight(d Dot) bool {
	if !j.left.has(d) {
		return false
	}
	j.lostRight = append(j.lostRight, d)
	if side := j.misplaced[d]; side != 0 {
		return side != winnerRight
	}
	return !j.dispute.keepsRight(d)
}

func (j *join) entries(a, b []entry) ([]entry, sides) {
	same := sides{true, true}
	if len(a) == 0 && len(b) == 0 {
		return nil, same
	}
	if len(a) <= 1 && len(b) <= 1 && !(len(a) == len(b) && a[0] != b[0]) {
		return j.one(a, b)
	}
	out := make([]entry, 0, len(a)+len(b))
	inB := lookup(b)
	for i := range a {
		e := &a[i]
		switch k := inB(e.Dot); {
		case k >= 0:
			keep := j.greater(e, &b[k])
			same.and(sides{*keep == *e, *keep == b[k]})
			out = append(out, *keep)
		case j.dropLeft(e.Dot):
			same.left = false
		default:
			out = append(out, *e)
			same.right = false
		}
	}
	inA := lookup(a)
	for i := range b {
		e := &b[i]
		switch {
		case inA(e.Dot) >= 0:
		case j.dropRight(e.Dot):
			same.right = false
		default:
			out = append(out, *e)
			same.left = false
		}
	}
	return out, same
}

// one joins what is mostly there: one entry, on one side or the same on both.
func (j *join) one(a, b []entry) ([]entry, sides) {
	switch {
	case len(b) == 0 && j.dropLeft(a[0].Dot):
		return nil, sides{false, true}
	case len(b) == 0:
		return a, sides{true, false}
	case len(a) == 0 && j.dropRight(b[0].Dot):
		return nil, sides{true, false}
	case len(a) == 0:
		return b, sides{false, true}
	}
	return a, sides{true, true}
}

const fewEntries = 16 // up to here a scan finds an entry faster than a map

// lookup returns a function that finds the position of a dot, or -1.
func lookup(entries []entry) func(Dot) int {
	if len(entries) <= fewEntries {
		return func(d Dot) int {
			for i := range entries {
				if entries[i].Dot == d {
					return i
				}
			}
			return -1
		}
	}
	index := make(map[Dot]int, len(entries))
	for i := range entries {
		index[entries[i].Dot] = i
	}
	return func(d Dot) int {
		if i, ok := index[d]; ok {
			return i
		}
		return -1
	}
}

// fields joins fields by their names. As long as the outcome is one side's,
// nothing is copied.
func (j *join) fields(a, b []field) ([]field, sides) {
	same := sides{true, true}
	var out []field
	for i, k := 0, 0; i < len(a) || k < len(b); {
		x, y, name, c := &noNode, &noNode, "", -1
		fromA, fromB := a[:i], b[:k]
		if i == len(a) {
			c = 1
		} else if k < len(b) {
			c = compareNames(a[i].name, b[k].name)
		}
		if c <= 0 {
			x, name = &a[i].node, a[i].name
			i++
		}
		if c >= 0 {
			y, name = &b[k].node, b[k].name
			k++
		}
		j.enter(name)
		n, s := j.node(x, y)
		j.steps = j.steps[:len(j.steps)-1]
		was := same
		if same.and(s); same.left || same.right {
			continue
		}
		if out == nil {
			if !was.left {
				fromA = fromB
			}
			out = append(make([]field, 0, max(len(a), len(b))+1), fromA...)
		}
		if !n.empty() {
			out = append(out, field{name, n})
		}
	}
	switch {
	case same.left:
		return a, same
	case same.right:
		return b, same
	}
	return out, same
}

// lookupDots returns a function that says whether a dot is among dots.
func lookupDots(dots []Dot) func(Dot) bool {
	if len(dots) <= fewEntries {
		return func(d Dot) bool { return slices.Contains(dots, d) }
	}
	set := make(map[Dot]bool, len(dots))
	for _, d := range dots {
		set[d] = true
	}
	return func(d Dot) bool { return set[d] }
}
