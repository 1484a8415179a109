package text

import "slices"

// replay carries the rows from from on, which are new, over to the text shown.
// Between critical versions nothing is concurrent, and events apply as they
// are; elsewhere a walker does it, in at most so many steps.
func (t *Text) replay(from int32, most int) (edits []edit, steps int, err error) {
	r := replayer{Text: t, at: from, length: int32(t.rope.n), most: most}
	if t.walker != nil {
		t.walker.work, t.walker.most, t.walker.edits = 0, most, nil
	}
	err = r.run(from)
	if t.walker != nil {
		steps = t.walker.work
	}
	if err != nil {
		return nil, steps, err
	}
	return r.edits, steps, nil
}

func (r *replayer) run(from int32) error {
	g := &r.graph
	if base := g.critical(from - 1); base < from-1 {
		if err := r.resume(base, from); err != nil {
			return err
		}
	}
	r.first = g.chainAt(r.at)
	r.lows = g.lows(r.first)
	for r.at < g.n {
		step := r.plain
		if r.live {
			step = r.walk
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type replayer struct {
	*Text
	at     int32 // rows before this are done
	length int32 // of the text at this row, if it is critical
	first  int   // the chain with row at, when the replay began
	lows   []int32
	live   bool // the walker stands at this row, which is not critical
	most   int  // steps that the walker may take
	edits  []edit
}

// resume makes the walker stand after the rows before from, which the text
// shown has, beginning at the critical version base. A walker of the last
// merge is kept if that is less work.
func (r *replayer) resume(base, from int32) error {
	w := r.walker
	if w == nil || w.base > base || from-w.done > from-base {
		w = r.fresh(base, unknownLength)
	}
	known := w.old != unknownLength
	w.quiet = true
	if err := w.walk(from); err != nil {
		return err
	}
	if !known {
		if err := w.learn(r.length); err != nil {
			return err
		}
	}
	if w.total.now != r.length {
		return ErrDamaged
	}
	w.quiet, r.live = false, true
	return nil
}

// fresh begins a walk at the critical version base, with n characters.
func (r *replayer) fresh(base, n int32) *walker {
	if r.walker == nil {
		r.walker = &walker{most: r.most}
	}
	if base < 0 {
		n = 0
	}
	r.walker.begin(&r.graph, base, n)
	return r.walker
}

// chain is the chain with row at, and the last critical row of it; less than
// at if there is none.
func (r *replayer) chain() (x *chain, cut int32) {
	k := r.graph.chainAt(r.at)
	x = &r.graph.chains[k]
	if !x.single {
		return x, r.at - 1
	}
	return x, min(x.last(), r.lows[k-r.first])
}

// plain applies rows from a critical version to the next.
func (r *replayer) plain() error {
	_, cut := r.chain()
	if cut < r.at {
		w := r.fresh(r.at-1, r.length)
		w.edits = r.edits
		r.live = true
		return nil
	}
	err := r.graph.runs(r.at, cut+1, func(o op) error {
		if err := r.graph.fits(o, r.length); err != nil {
			return err
		}
		e := edit(o)
		switch o.kind {
		case insert:
			r.length += o.n
		case backward:
			e.pos, e.kind = o.pos-o.n+1, forward
			fallthrough
		default:
			r.length -= o.n
		}
		r.edits = append(r.edits, e)
		return nil
	})
	r.at = cut + 1
	return err
}

// walk applies the rows of a chain by the walker, up to the first critical one.
func (r *replayer) walk() error {
	x, cut := r.chain()
	end := x.end()
	if cut >= r.at {
		end = r.at + 1
	}
	w := r.walker
	if err := w.walk(end); err != nil {
		return err
	}
	r.at = end
	r.live = cut < end-1
	r.length, r.edits = w.total.now, w.edits
	return nil
}

// mark is what undo goes back to.
type mark struct {
	agents, chains, ops, text int
	rows                      int32
	lastChain                 chain
	lastOp                    op
	heads                     []int32
}

func (t *Text) mark() mark {
	g := &t.graph
	m := mark{len(g.agents), len(g.chains), len(g.ops), len(g.text), g.n, chain{}, op{}, slices.Clone(t.heads)}
	if m.chains > 0 {
		m.lastChain, m.lastOp = g.chains[m.chains-1], g.ops[m.ops-1]
	}
	return m
}

// undo takes back what was appended after m.
func (t *Text) undo(m mark) {
	g := &t.graph
	for _, a := range g.agents[m.agents:] {
		delete(g.index, a)
	}
	g.agents, g.byID = g.agents[:m.agents], g.byID[:m.agents]
	for i := range g.byID {
		g.byID[i] = slices.DeleteFunc(g.byID[i], func(k int32) bool { return int(k) >= m.chains })
	}
	clear(g.chains[m.chains:])
	g.chains, g.ops, g.text, g.n, t.heads = g.chains[:m.chains], g.ops[:m.ops], g.text[:m.text], m.rows, m.heads
	if m.chains > 0 {
		g.chains[m.chains-1], g.ops[m.ops-1] = m.lastChain, m.lastOp
	}
}
