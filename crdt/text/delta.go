package text

import (
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"
)

// Delta is a set of events on their way from one text to another. Its events
// may have parents outside of it, which the receiver must hold. Text.Delta and
// Decode make one; Insert and Delete build one from recorded edits.
type Delta struct {
	columns
	outside []ID
}

// Len is the number of events.
func (d *Delta) Len() int { return int(d.n) }

// Parents lists the events outside of d that its events build on, sorted.
func (d *Delta) Parents() Version {
	v := slices.Clone(d.outside)
	slices.SortFunc(v, ID.Compare)
	return v
}

// Spans yields the events of d as runs of consecutive sequence numbers: the
// first event and how many there are.
func (d *Delta) Spans() iter.Seq2[ID, int] {
	return func(yield func(ID, int) bool) {
		for i := range d.chains {
			c := &d.chains[i]
			if !yield(ID{d.agents[c.agent], c.seq}, int(c.n)) {
				return
			}
		}
	}
}

// Insert adds the events id, id+1, … that insert s at position at, in the text
// as it was at version parents. Parents that are not in d are taken as outside
// of it: add events in causal order.
func (d *Delta) Insert(id ID, parents Version, at int, s string) error {
	if !utf8.ValidString(s) {
		return ErrUTF8
	}
	if len(s) > MaxEvents*utf8.UTFMax {
		return ErrTooLarge
	}
	n := utf8.RuneCountInString(s)
	return d.add(id, parents, n, op{pos: int32(at), kind: insert, size: int32(len(s))}, at, s)
}

// Delete adds the events id, id+1, … that delete n code points from position at
// on, in the text as it was at version parents.
func (d *Delta) Delete(id ID, parents Version, at, n int) error {
	return d.add(id, parents, n, op{pos: int32(at), kind: forward}, at, "")
}

func (d *Delta) add(id ID, parents Version, n int, o op, at int, s string) error {
	if n < 0 || at < 0 || at > MaxEvents {
		return fmt.Errorf("%w: %d events at %d", ErrPosition, n, at)
	}
	if err := checkRun(id.Agent, id.Seq, n); err != nil || n == 0 {
		return err
	}
	if int(d.n)+n > MaxEvents {
		return ErrTooLarge
	}
	agent := d.addAgent(id.Agent)
	d.settle()
	if i := d.nextChain(agent, id.Seq); i < len(d.byID[agent]) && d.chains[d.byID[agent][i]].seq < id.Seq+uint64(n) {
		return fmt.Errorf("%w: %s", ErrOverlap, id)
	}
	rows := make([]int32, len(parents))
	for i, p := range parents {
		if rows[i] = d.find(p); rows[i] < 0 {
			rows[i] = d.outsider(p)
		}
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	o.at, o.n = d.n, int32(n)
	fresh := !d.continues(agent, id.Seq, rows)
	if fresh {
		d.addChain(agent, id.Seq, int32(n), rows)
	} else {
		d.chains[len(d.chains)-1].n += int32(n)
		d.n += int32(n)
	}
	d.addOp(o, []byte(s), fresh)
	return nil
}

// continues reports whether an event of agent with these parents belongs to
// the last chain.
func (c *columns) continues(agent int32, seq uint64, parents []int32) bool {
	if len(c.chains) == 0 || len(parents) != 1 || parents[0] != c.n-1 {
		return false
	}
	x := &c.chains[len(c.chains)-1]
	return x.agent == agent && x.seq+uint64(x.n) == seq
}

// outsider numbers a parent outside of d.
func (d *Delta) outsider(id ID) int32 {
	i := slices.Index(d.outside, id)
	if i < 0 {
		i = len(d.outside)
		d.outside = append(d.outside, id)
	}
	return int32(-1 - i)
}
