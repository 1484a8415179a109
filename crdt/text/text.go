package text

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// Text is a text and the graph of all events that made it. The zero value is
// empty. A Text changes in place; while it does not, it may be read from
// anywhere at once.
type Text struct {
	graph  columns
	heads  []int32 // of graph, ascending
	rope   Rope
	walker *walker // kept from the last merge of concurrent events, or nil

	ordered int32 // so many first rows are in the canonical order of their events
	encoded encoded
}

// Len is the number of code points shown.
func (t *Text) Len() int { return t.rope.Len() }

// String is the text shown.
func (t *Text) String() string { return t.rope.String() }

// Events is the number of events.
func (t *Text) Events() int { return int(t.graph.n) }

// UTF16 converts a position to an offset in UTF-16 units. ErrPosition is
// returned when pos is not from 0 to Len.
func (t *Text) UTF16(pos int) (int, error) { return t.rope.UTF16(pos) }

// FromUTF16 converts an offset in UTF-16 units to a position. ErrPosition is
// returned for an offset outside the text, ErrSurrogate for one between the
// two halves of a code point.
func (t *Text) FromUTF16(offset int) (int, error) { return t.rope.FromUTF16(offset) }

// Insert inserts s before position pos of the text shown, as the events seq,
// seq+1, … of agent: one for each code point. ErrPosition, ErrUTF8, ErrAgent,
// ErrTooLarge are returned for what their names say, ErrSequence if seq is not
// above all earlier events of agent; nothing has changed then.
func (t *Text) Insert(agent Agent, seq uint64, pos int, s string) error {
	if !utf8.ValidString(s) {
		return ErrUTF8
	}
	if pos < 0 || pos > t.rope.n {
		return fmt.Errorf("%w: %d of %d", ErrPosition, pos, t.rope.n)
	}
	if len(s) > MaxEvents*utf8.UTFMax {
		return ErrTooLarge
	}
	n := utf8.RuneCountInString(s)
	o := op{pos: int32(pos), n: int32(n), size: int32(len(s)), kind: insert}
	if err := t.local(agent, seq, n, o, []byte(s)); err != nil || n == 0 {
		return err
	}
	t.rope.insert(pos, []byte(s), n)
	return nil
}

// Delete deletes n code points from position pos on, as the events seq, seq+1,
// … of agent. It fails as Insert does.
func (t *Text) Delete(agent Agent, seq uint64, pos, n int) error {
	if pos < 0 || n < 0 || pos > t.rope.n || n > t.rope.n-pos {
		return fmt.Errorf("%w: %d and %d more of %d", ErrPosition, pos, n, t.rope.n)
	}
	o := op{pos: int32(pos), n: int32(n), kind: forward}
	if err := t.local(agent, seq, n, o, nil); err != nil || n == 0 {
		return err
	}
	t.rope.delete(pos, n)
	return nil
}

// local records a run of n events on top of all others.
func (t *Text) local(agent Agent, seq uint64, n int, o op, body []byte) error {
	if err := checkRun(agent, seq, n); err != nil || n == 0 {
		return err
	}
	g := &t.graph
	if int(g.n)+n > MaxEvents {
		return ErrTooLarge
	}
	if a := g.agentIndex(agent); a >= 0 && len(g.byID[a]) > 0 {
		x := &g.chains[g.byID[a][len(g.byID[a])-1]]
		if seq < x.seq+uint64(x.n) {
			return fmt.Errorf("%w: %d of %q, which has %d", ErrSequence, seq, agent, x.seq+uint64(x.n)-1)
		}
	}
	index := g.addAgent(agent)
	parents := t.heads
	if !g.continues(index, seq, parents) {
		parents = slices.Clone(parents)
	}
	o.at = g.n
	t.heads = g.record(index, seq, parents, t.heads, o, body)
	return nil
}

// record appends a run with its parents, which it keeps, and returns the heads
// after it.
func (c *columns) record(agent int32, seq uint64, parents, heads []int32, o op, body []byte) []int32 {
	if c.continues(agent, seq, parents) {
		c.prolong(o, body, heads)
		return heads
	}
	c.addChain(agent, seq, o.n, parents)
	c.addOp(o, body, true)
	heads = joined(heads, parents, c.n-1)
	c.chains[len(c.chains)-1].single = len(heads) == 1
	return heads
}

// prolong appends a run to the last chain, whose last event is the last of
// the heads.
func (c *columns) prolong(o op, body []byte, heads []int32) {
	c.chains[len(c.chains)-1].n += o.n
	c.n += o.n
	c.addOp(o, body, false)
	heads[len(heads)-1] = c.n - 1
}

// Frontier is the version of all events that are here.
func (t *Text) Frontier() Version { return t.graph.version(t.heads) }

// Contains reports whether the event id is here.
func (t *Text) Contains(id ID) bool { return t.graph.find(id) >= 0 }

// Cool drops the state that is kept to merge the next concurrent events
// quickly.
func (t *Text) Cool() { t.walker = nil }

// Clone returns a copy that shares nothing with t.
func (t *Text) Clone() *Text {
	c := t.Fork()
	for i := range c.rope.chunks {
		c.rope.chunks[i].own()
	}
	return c
}

// Fork is Clone of a text that nobody changes any more, which takes less: what
// is shown is shared until the fork changes it.
func (t *Text) Fork() *Text {
	g := t.graph
	g.agents, g.chains, g.ops, g.text = slices.Clone(g.agents), slices.Clone(g.chains), slices.Clone(g.ops), slices.Clone(g.text)
	g.index, g.byID = maps.Clone(g.index), slices.Clone(g.byID)
	for i := range g.byID {
		g.byID[i] = slices.Clone(g.byID[i])
	}
	return &Text{graph: g, heads: slices.Clone(t.heads), rope: t.rope.fork(), ordered: t.ordered, encoded: t.encoded}
}
