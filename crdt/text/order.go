package text

import "slices"

// piece is the part of one chain that is picked.
type piece struct {
	rows
	chain int
	next  int32 // the piece that continues it, or -1
	head  int32 // the first piece of its line
	wait  int32 // for a head: parents whose line is not out yet
	then  []int32
}

// pick copies the rows in ranges (ascending, disjoint) into a Delta in the
// canonical order, which depends on the set of events alone. The events fall
// into lines, the longest runs in which each event is the only parent of its
// agent's next. Lines come out whole: of those whose parents are out, always
// the one with the smallest id.
func (c *columns) pick(ranges []rows, outside []ID) *Delta {
	return c.plan(ranges, outside, nothing).copy()
}

// copy copies the events as planned.
func (p *picker) copy() *Delta {
	p.out = make([]int32, len(p.pieces))
	for _, head := range p.lines {
		p.emit(head)
	}
	p.to.settle()
	return &p.to
}

// arranged is all rows in the canonical order; c itself if they are in it.
func (c *columns) arranged(outside []ID) *Delta {
	all := []rows{{0, c.n}}
	p := c.plan(all, outside, nothing)
	if p.done() {
		return &Delta{columns: *c, outside: outside}
	}
	return p.copy()
}

// nothing is no row.
const nothing int32 = -1

// plan finds the lines of the rows in ranges, and their order. A line that
// goes on after the row before, which is not in ranges, comes first.
func (c *columns) plan(ranges []rows, outside []ID, before int32) *picker {
	p := &picker{from: c, outside: outside, first: -1}
	for _, r := range ranges {
		for r.lo < r.hi {
			k := c.chainAt(r.lo)
			hi := min(r.hi, c.chains[k].end())
			p.pieces = append(p.pieces, piece{rows: rows{r.lo, hi}, chain: k, next: -1})
			r.lo = hi
		}
	}
	p.link()
	p.name()
	p.goesOn(before)
	ready := heap[int32]{before: func(a, b int32) bool { return p.compare(a, b) < 0 }}
	for i := range p.pieces {
		if x := &p.pieces[i]; x.head == int32(i) && x.wait == 0 {
			ready.push(int32(i))
		}
	}
	for len(ready.items) > 0 {
		head := ready.pop()
		p.lines = append(p.lines, head)
		for _, i := range p.pieces[head].then {
			if p.pieces[i].wait--; p.pieces[i].wait == 0 {
				ready.push(i)
			}
		}
	}
	return p
}

// done reports whether the plan, of all rows, is to leave everything as it is.
func (p *picker) done() bool {
	if len(p.lines) != len(p.pieces) || !slices.IsSorted(p.lines) ||
		!slices.Equal(p.to.agents, p.from.agents) || !slices.Equal(p.outs, p.outside) {
		return false
	}
	ops, chain := p.from.ops, 0
	for i := 1; i < len(ops); i++ {
		if ops[i].at >= p.from.chains[chain].end() {
			chain++
		} else if o := ops[i-1]; o.extend(ops[i]) > 0 {
			return false
		}
	}
	return true
}
