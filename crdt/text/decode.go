package text

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// Decode reads what Append wrote. Any other bytes are ErrMalformed, or
// ErrTooLarge above MaxEvents. Positions are checked for what can be known
// without the text; Merge checks the rest. The memory it takes is bounded by a
// multiple of the length of b.
func Decode(b []byte) (*Delta, error) {
	r := reader{left: b}
	d := &Delta{}
	r.header(d)
	r.chains(d)
	r.ops(d)
	r.text(d)
	if r.err != nil {
		return nil, r.err
	}
	d.settle()
	for a := range d.agents {
		if !d.disjoint(int32(a)) {
			return nil, fmt.Errorf("%w: of %q", ErrOverlap, d.agents[a])
		}
	}
	for _, id := range d.outside {
		if d.find(id) >= 0 {
			return nil, fmt.Errorf("%w: parent %s is not outside", ErrMalformed, id)
		}
	}
	if !bytes.Equal(d.Append(make([]byte, 0, len(b))), b) {
		return nil, fmt.Errorf("%w: not canonical", ErrMalformed)
	}
	return d, nil
}

// disjoint reports whether no id of an agent is used twice.
func (c *columns) disjoint(agent int32) bool {
	list := c.byID[agent]
	for i := 1; i < len(list); i++ {
		if x := &c.chains[list[i-1]]; x.seq+uint64(x.n) > c.chains[list[i]].seq {
			return false
		}
	}
	return true
}

func (r *reader) header(d *Delta) {
	if len(r.left) == 0 || r.left[0] != formatVersion {
		r.fail(ErrMalformed, "format")
		return
	}
	r.left = r.left[1:]
	for range r.count(2, "agents") {
		n := r.uint("agent")
		if n == 0 || n > MaxAgent || n > uint64(len(r.left)) {
			r.fail(ErrMalformed, "agent")
			return
		}
		a := Agent(r.left[:n])
		r.left = r.left[n:]
		if k := len(d.agents); k > 0 && d.agents[k-1] >= a {
			r.fail(ErrMalformed, "order of agents")
			return
		}
		d.addAgent(a)
	}
	for range r.count(2, "parents outside") {
		a, seq := r.uint("parent outside"), r.uint("parent outside")
		if a >= uint64(len(d.agents)) {
			r.fail(ErrMalformed, "agent of a parent outside")
			return
		}
		d.outside = append(d.outside, ID{d.agents[a], seq})
	}
	if !slices.IsSortedFunc(d.outside, ID.Compare) {
		r.fail(ErrMalformed, "order of parents outside")
	}
}

func (r *reader) chains(d *Delta) {
	next := make([]uint64, len(d.agents))
	for range r.count(4, "chains") {
		a := r.uint("agent of a chain")
		if a >= uint64(len(d.agents)) {
			r.fail(ErrMalformed, "agent of a chain")
			return
		}
		seq, n := next[a]+uint64(r.int("sequence number")), r.uint("length of a chain")
		switch {
		case r.err != nil:
			return
		case n > uint64(MaxEvents-d.n):
			r.fail(ErrTooLarge, "chains")
			return
		case n == 0 || seq+n < seq:
			r.fail(ErrMalformed, "length of a chain")
			return
		}
		next[a] = seq + n
		parents := r.parents(d)
		d.addChain(int32(a), seq, int32(n), parents)
	}
}

func (r *reader) parents(d *Delta) []int32 {
	x := r.uint("parents")
	if x == 1 && d.n > 0 {
		return []int32{d.n - 1}
	}
	if x&1 == 1 || x/2 > uint64(len(r.left)) {
		r.fail(ErrMalformed, "number of parents")
		return nil
	}
	var parents []int32
	for range x / 2 {
		switch p := r.uint("parent"); {
		case p&1 == 1 && p/2 < uint64(len(d.outside)):
			parents = append(parents, int32(-1)-int32(p/2))
		case p&1 == 0 && p > 0 && p/2 <= uint64(d.n):
			parents = append(parents, d.n-int32(p/2))
		default:
			r.fail(ErrMalformed, "parent")
			return nil
		}
		if k := len(parents); k > 1 && parents[k-2] >= parents[k-1] {
			r.fail(ErrMalformed, "order of parents")
			return nil
		}
	}
	return parents
}

// ops reads the runs, which must fill the chains exactly.
func (r *reader) ops(d *Delta) {
	count, at, k := r.count(2, "runs"), int32(0), 0
	d.ops = make([]op, 0, count)
	for range count {
		x := r.uint("run")
		for k < len(d.chains) && at >= d.chains[k].end() {
			k++
		}
		if n := x / 3; k == len(d.chains) || n == 0 || n > uint64(d.chains[k].end()-at) || x == 3+uint64(backward) {
			r.fail(ErrMalformed, "length of a run")
			return
		}
		o := op{at: at, n: int32(x / 3), kind: kind(x % 3)}
		d.ops = append(d.ops, o)
		at = o.end()
	}
	if at != d.n {
		r.fail(ErrMalformed, "number of runs")
		return
	}
	cursors, of := make([]int32, len(d.agents)), 0
	for i := range d.ops {
		o := &d.ops[i]
		for o.at >= d.chains[of].end() {
			of++
		}
		cursor := &cursors[d.chains[of].agent]
		x := int64(*cursor) + r.int("position")
		if o.kind == backward {
			x--
		}
		if x < 0 || x > MaxEvents || o.kind == backward && x < int64(o.n)-1 {
			r.fail(ErrMalformed, "position")
			x = int64(o.n)
		}
		o.pos = int32(x)
		*cursor = o.cursor()
	}
}

// text reads what the insertions insert, which must be all that is left.
func (r *reader) text(d *Delta) {
	n := r.uint("text")
	if r.err != nil || n != uint64(len(r.left)) || n > math.MaxInt32 || !utf8.Valid(r.left) {
		r.fail(ErrMalformed, "text")
		return
	}
	d.text = slices.Clone(r.left)
	at := 0
	for i := range d.ops {
		o := &d.ops[i]
		if o.kind != insert {
			continue
		}
		o.off = int32(at)
		for range o.n {
			if at == len(d.text) {
				r.fail(ErrMalformed, "text too short")
				return
			}
			_, size := utf8.DecodeRune(d.text[at:])
			at += size
		}
		o.size = int32(at) - o.off
	}
	if at != len(d.text) {
		r.fail(ErrMalformed, "text too long")
	}
}
