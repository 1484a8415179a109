package text

import (
	"fmt"
	"slices"
	"strings"
)

// encoded is the canonical bytes of a text as they were once, and how much of
// them stays as it is whatever comes.
type encoded struct {
	bytes string
	rows  int32 // the events in bytes, which are the first of the graph, in canonical order
	// the first chain and the first run that may still change
	chain, op int
	// where those before them stand in bytes
	chains, runs, positions part
}

// part is a place in bytes.
type part struct{ at, n int }

func (p part) of(s string) string { return s[p.at : p.at+p.n] }

// Canonical is what AppendCanonical writes. It puts the events in canonical
// order, in place, which drops what Cool drops, and keeps the bytes. The next
// time it costs what came since and what is concurrent with that, and a copy of
// bytes that are known. It changes nothing when nothing came since.
//
// That is so because the canonical order goes on behind a critical version: an
// event v that has all before it, A, as ancestors and all after it, D, as
// descendants. Let L be the line of v.
//
// Only L has events of both A+v and D: if y in D comes after x in a line, x is
// its only parent. As v is an ancestor of y, x is v or has v as an ancestor
// itself, and is in D.
//
// The lines of A come first, without regard to D. Let f be the first event of
// L. Each event from f to v, but f, has the one before as its only parent, so
// all others of A are ancestors of f. Their lines come out before L: a line
// waits for those of its parents, and along the path from an ancestor to f each
// step is within a line or to one that waits. A line that begins in D waits, in
// the same way, for L. So no line of D is ready while one of A is not out, and
// L is the last of A and goes on with its events in D.
//
// Therefore the order is that of A and v alone, the rest of L, and the other
// lines of D in the order that they have among themselves. Chains before that
// of v are final, and runs before that of v (which the rest of L may extend);
// numbers of agents are, unless a new name comes between the old ones.
func (t *Text) Canonical() string {
	if e := &t.encoded; e.rows < t.graph.n || e.rows == 0 {
		t.arrange()
		t.encode()
	}
	return t.encoded.bytes
}

// arrange puts the events in canonical order, the first t.ordered having it
// among themselves, and forgets bytes that are no longer final.
func (t *Text) arrange() {
	g, base := &t.graph, nothing
	if slices.IsSorted(g.agents) {
		base = g.critical(t.ordered - 1)
	}
	t.walker = nil // which knows events by row
	if base < 0 {
		t.encoded = encoded{}
		if t.ordered < g.n {
			t.adopt(g.arranged(nil))
		}
		return
	}
	t.encoded.cut(g, base)
	if t.ordered == g.n {
		return
	}
	a := admission{g: g, d: g.plan([]rows{{base + 1, g.n}}, nil, base).copy()}
	g.truncate(base + 1)
	if err := a.check(); err != nil {
		panic(fmt.Sprintf("text: events that were here: %v", err)) // cannot happen: they were admitted before
	}
	t.heads = a.append([]int32{base})
	t.ordered = g.n
}

// adopt makes t what d, all its events, is.
func (t *Text) adopt(d *Delta) {
	t.graph, t.heads, t.ordered = d.columns, nil, d.n
	for i := range t.graph.chains {
		x := &t.graph.chains[i]
		t.heads = joined(t.heads, x.parents, x.last())
		x.single = len(t.heads) == 1
	}
}

// cut forgets that chains and runs after the critical row base were final.
func (e *encoded) cut(g *columns, base int32) {
	chain, op := g.chainAt(base), g.opAt(base)
	if chain >= e.chain && op >= e.op {
		return
	}
	c := newCoder(g, chain, op)
	c.to(e.chain, e.op)
	e.chain, e.op = chain, op
	e.chains.n -= len(c.chains)
	e.runs.n -= len(c.runs)
	e.positions.n -= len(c.positions)
}

// encode writes the bytes of the graph, which is in canonical order, after
// those that are final.
func (t *Text) encode() {
	g, old := &t.graph, t.encoded
	c := newCoder(g, old.chain, old.op)
	e := encoded{rows: g.n}
	if base := g.critical(g.n - 1); base >= 0 {
		e.chain, e.op = g.chainAt(base), g.opAt(base)
	}
	c.to(e.chain, e.op)
	e.chains.n, e.runs.n, e.positions.n = old.chains.n+len(c.chains), old.runs.n+len(c.runs), old.positions.n+len(c.positions)
	c.to(len(g.chains), len(g.ops))

	var head, ops, text writer
	head.header(g.agents, nil, g)
	head.uint(uint64(len(g.chains)))
	ops.uint(uint64(len(g.ops)))
	text.uint(uint64(len(g.text)))
	var b strings.Builder
	b.Grow(len(head) + old.chains.n + len(c.chains) + len(ops) + old.runs.n + len(c.runs) +
		old.positions.n + len(c.positions) + len(text) + len(g.text))
	b.Write(head)
	section := func(final *part, was part, more writer) {
		final.at = b.Len()
		b.WriteString(was.of(old.bytes))
		b.Write(more)
	}
	section(&e.chains, old.chains, c.chains)
	b.Write(ops)
	section(&e.runs, old.runs, c.runs)
	section(&e.positions, old.positions, c.positions)
	b.Write(text)
	b.Write(g.text)
	e.bytes = b.String()
	t.encoded = e
}

// truncate leaves the first n rows, one at least.
func (c *columns) truncate(n int32) {
	chain, run := c.chainAt(n-1), c.opAt(n-1)
	forgotten := make([]bool, len(c.agents))
	for i := range c.chains[chain+1:] {
		if a := c.chains[chain+1+i].agent; !forgotten[a] {
			forgotten[a] = true
			c.byID[a] = slices.DeleteFunc(c.byID[a], func(k int32) bool { return int(k) > chain })
		}
	}
	clear(c.chains[chain+1:])
	c.chains = c.chains[:chain+1]
	c.chains[chain].n = n - c.chains[chain].at

	size := len(c.text)
	for _, o := range c.ops[run:] {
		size -= int(o.size)
	}
	o := &c.ops[run]
	*o = o.within(c.text, o.at, n)
	c.ops, c.text, c.n = c.ops[:run+1], c.text[:size+int(o.size)], n
}
