package text

import (
	"fmt"
	"slices"
)

// Relation is how two versions relate.
type Relation int

// The relations of a version to another.
const (
	Equal      Relation = iota // the same events
	Before                     // some of the other's events
	After                      // all of the other's events and more
	Concurrent                 // each has events that the other lacks
)

// String is the name of the relation.
func (r Relation) String() string {
	if r < Equal || r > Concurrent {
		return "unknown"
	}
	return [...]string{"equal", "before", "after", "concurrent"}[r]
}

// Compare relates a to b. ErrUnknownVersion is returned when one names an event
// that is not here.
func (t *Text) Compare(a, b Version) (Relation, error) {
	x, err := t.graph.locate(a)
	if err != nil {
		return Equal, err
	}
	y, err := t.graph.locate(b)
	if err != nil {
		return Equal, err
	}
	left, right, _ := t.graph.diff(x, y)
	switch {
	case len(left) == 0 && len(right) == 0:
		return Equal, nil
	case len(left) == 0:
		return Before, nil
	case len(right) == 0:
		return After, nil
	}
	return Concurrent, nil
}

// Delta is all events that version since lacks. Events of since that are not
// here are passed over: what is known of the other side then is what the rest
// says.
func (t *Text) Delta(since Version) *Delta {
	known := make([]int32, 0, len(since))
	for _, id := range since {
		if v := t.graph.find(id); v >= 0 {
			known = append(known, v)
		}
	}
	missing, _, _ := t.graph.diff(t.heads, known)
	slices.Reverse(missing)
	return t.graph.pick(missing, nil)
}

// Beyond is all events above the sequence numbers that another side has seen
// of each agent: what it lacks, if it counts agents instead of naming heads. It
// need not hold all that it has seen (a text it removed, say), in which case
// its Merge answers ErrUnknownParents.
func (t *Text) Beyond(seen func(Agent) uint64) *Delta {
	g := &t.graph
	above := make([]uint64, len(g.agents))
	for i, a := range g.agents {
		above[i] = seen(a)
	}
	var missing []rows
	for i := range g.chains {
		c := &g.chains[i]
		switch s := above[c.agent]; {
		case s < c.seq:
			missing = append(missing, rows{c.at, c.end()})
		case s-c.seq < uint64(c.n)-1:
			missing = append(missing, rows{c.at + int32(s-c.seq) + 1, c.end()})
		}
	}
	return g.pick(missing, nil)
}

// Closure is the text of the events that version v names: its heads and their
// ancestors. ErrUnknownVersion is returned when v names an event that is not
// here.
func (t *Text) Closure(v Version) (*Text, error) {
	c, _, err := t.ClosureWithin(v, MaxWork)
	return c, err
}

// ClosureWithin is Closure in at most so many steps, with how many it took.
func (t *Text) ClosureWithin(v Version, most int) (c *Text, steps int, err error) {
	heads, err := t.graph.locate(v)
	if err != nil {
		return nil, 0, err
	}
	keep, _, _ := t.graph.diff(heads, nil)
	slices.Reverse(keep)
	c = &Text{}
	if _, steps, err = c.MergeWithin(t.graph.pick(keep, nil), most); err != nil {
		return nil, steps, fmt.Errorf("closure of %s: %w", v, err)
	}
	return c, steps, nil
}

// AppendCanonical writes all events: equal sets of events are equal bytes, in
// whatever order they came here.
func (t *Text) AppendCanonical(dst []byte) []byte {
	if e := &t.encoded; e.rows == t.graph.n && e.rows > 0 {
		return append(dst, e.bytes...)
	}
	return t.graph.arranged(nil).append(dst)
}

// Load makes a text of its canonical bytes and the content that String
// returned beside them, without replaying anything. It is for what this side
// has stored itself: that content and events belong together is believed, and
// noticed by a later Merge at best. What a peer sent is taken in by Merge.
func Load(canonical []byte, content string) (*Text, error) {
	d, err := Decode(canonical)
	if err != nil {
		return nil, err
	}
	if len(d.outside) > 0 {
		return nil, fmt.Errorf("%w: a delta, not a text", ErrMalformed)
	}
	if len(content) > len(d.text) {
		return nil, ErrDamaged
	}
	t := &Text{}
	if t.rope, err = NewRope(content); err != nil {
		return nil, err
	}
	t.adopt(d)
	return t, nil
}

// version names the events of some rows.
func (c *columns) version(heads []int32) Version {
	v := make(Version, len(heads))
	for i, h := range heads {
		v[i] = c.id(h)
	}
	slices.SortFunc(v, ID.Compare)
	return v
}

// locate finds the rows of a version.
func (c *columns) locate(v Version) ([]int32, error) {
	heads := make([]int32, len(v))
	for i, id := range v {
		if heads[i] = c.find(id); heads[i] < 0 {
			return nil, fmt.Errorf("%w: %s", ErrUnknownVersion, id)
		}
	}
	slices.Sort(heads)
	return slices.Compact(heads), nil
}
