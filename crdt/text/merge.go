package text

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
)

// Edit is a change of the text shown: n = Deleted code points removed at Pos,
// then Inserted put there. Edits apply one after the other.
type Edit struct {
	Pos, Deleted int
	Inserted     string
}

// Merge takes in the events of d that are not here yet, and returns what that
// changed. If it fails nothing has changed:
//   - ErrUnknownParents: d builds on events that are not here;
//   - ErrOverlap: an id of d names another event here;
//   - ErrPosition: a position is outside the text at its event's version;
//   - ErrTooLarge, ErrTooCostly: limits would be passed;
//   - ErrDamaged: this text was loaded with content that is not its own.
func (t *Text) Merge(d *Delta) ([]Edit, error) {
	edits, _, err := t.MergeWithin(d, MaxWork)
	return edits, err
}

// MergeWithin is Merge with another bound than MaxWork, and says how many steps
// it took: many texts that come together may share one bound.
func (t *Text) MergeWithin(d *Delta, most int) (_ []Edit, steps int, err error) {
	a := admission{g: &t.graph, d: d}
	if err := a.check(); err != nil || len(a.fresh) == 0 {
		return nil, 0, err
	}
	before, from := t.mark(), t.graph.n
	t.heads = a.append(t.heads)
	edits, steps, err := t.replay(from, most)
	if err != nil {
		t.walker = nil
		t.undo(before)
		return nil, steps, err
	}
	return t.show(edits), steps, nil
}

// show applies edits to the content.
func (t *Text) show(edits []edit) []Edit {
	shown := make([]Edit, len(edits))
	for i, e := range edits {
		shown[i].Pos = int(e.pos)
		if e.kind == insert {
			body := t.graph.text[e.off : e.off+e.size]
			t.rope.insert(int(e.pos), body, int(e.n))
			shown[i].Inserted = string(body)
		} else {
			t.rope.delete(int(e.pos), int(e.n))
			shown[i].Deleted = int(e.n)
		}
	}
	return shown
}

// admission brings events of a delta into a graph: check looks, append acts.
type admission struct {
	g       *columns
	d       *Delta
	outside []int32    // rows in g of d.outside
	parts   []admitted // all rows of d, in order
	fresh   []int      // the parts that g does not have
	n       int32      // their events
}

// admitted is a part of a chain of d, and where its events are in g.
type admitted struct {
	rows
	chain int
	row   int32
}

// check finds out which events are missing, and that the others are the same.
func (a *admission) check() error {
	a.outside = make([]int32, len(a.d.outside))
	for i, id := range a.d.outside {
		if a.outside[i] = a.g.find(id); a.outside[i] < 0 {
			return fmt.Errorf("%w: %s", ErrUnknownParents, id)
		}
	}
	for k := range a.d.chains {
		a.divide(k)
		if int(a.g.n)+int(a.n) > MaxEvents {
			return ErrTooLarge
		}
	}
	for _, p := range a.parts {
		if p.row < a.g.n && !a.same(p) {
			return fmt.Errorf("%w: %s", ErrOverlap, a.d.id(p.lo))
		}
	}
	return nil
}

// divide cuts chain k of d into parts that are here, or not.
func (a *admission) divide(k int) {
	x := &a.d.chains[k]
	agent := a.g.agentIndex(a.d.agents[x.agent])
	for at := x.at; at < x.end(); {
		p := admitted{rows: rows{at, x.end()}, chain: k, row: -1}
		seq := x.seq + uint64(at-x.at)
		if agent >= 0 {
			if i := a.g.nextChain(agent, seq); i < len(a.g.byID[agent]) {
				y := &a.g.chains[a.g.byID[agent][i]]
				if y.seq <= seq {
					p.row = y.at + int32(seq-y.seq)
					p.hi = min(p.hi, at+y.end()-p.row)
				} else if gap := y.seq - seq; gap < uint64(p.hi-at) {
					p.hi = at + int32(gap)
				}
			}
		}
		if p.row < 0 {
			p.row = a.g.n + a.n
			a.n += p.hi - p.lo
			a.fresh = append(a.fresh, len(a.parts))
		}
		a.parts = append(a.parts, p)
		at = p.hi
	}
}

// row is where an event of d is, or will be, in g.
func (a *admission) row(v int32) int32 {
	if v < 0 {
		return a.outside[-1-v]
	}
	i := sort.Search(len(a.parts), func(i int) bool { return a.parts[i].lo > v }) - 1
	return a.parts[i].row + v - a.parts[i].lo
}

// parents of the first event of a part, as rows of g.
func (a *admission) parents(p admitted) []int32 {
	x := &a.d.chains[p.chain]
	if p.lo > x.at {
		return []int32{a.row(p.lo - 1)}
	}
	rows := make([]int32, len(x.parents))
	for i, v := range x.parents {
		rows[i] = a.row(v)
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// same reports whether the events of p are those that g has under these ids.
func (a *admission) same(p admitted) bool {
	y := &a.g.chains[a.g.chainAt(p.row)]
	parents := y.parents
	if p.row > y.at {
		parents = []int32{p.row - 1}
	}
	if !slices.Equal(a.parents(p), parents) {
		return false
	}
	for k := int32(0); k < p.hi-p.lo; {
		theirs := a.d.run(p.lo+k, p.hi)
		mine := a.g.run(p.row+k, p.row+theirs.n+k)
		theirs = theirs.cut(a.d.text, 0, mine.n)
		if theirs.kind != mine.kind || theirs.pos != mine.pos || !bytes.Equal(a.d.body(theirs), a.g.body(mine)) {
			return false
		}
		k += mine.n
	}
	return true
}

// append adds the missing events to g and returns its heads.
func (a *admission) append(heads []int32) []int32 {
	if len(a.fresh) > 1 {
		a.g.chains = slices.Grow(a.g.chains, len(a.fresh))
		a.g.ops = slices.Grow(a.g.ops, len(a.fresh))
	}
	for _, i := range a.fresh {
		p := a.parts[i]
		x := &a.d.chains[p.chain]
		agent := a.g.addAgent(a.d.agents[x.agent])
		_ = a.d.runs(p.lo, p.hi, func(o op) error {
			body, first := a.d.body(o), o.at == p.lo
			if o.at = a.g.n; first {
				heads = a.g.record(agent, x.seq+uint64(p.lo-x.at), a.parents(p), heads, o, body)
			} else {
				a.g.prolong(o, body, heads)
			}
			return nil
		})
	}
	a.g.settle()
	return heads
}
