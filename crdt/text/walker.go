package text

// unknownLength stands for the length of the text where a walk begins, until
// the events that are applied already have told it.
const unknownLength = under / 2

// edit is an op as it applies to the text as it is now: an insertion, or n
// deletions at pos.
type edit op

// walker carries events over to the text as it is now. It stands at some
// version, the one of which it shows the visible characters; to apply an event
// it is moved to the event's parents first.
type walker struct {
	tree
	g     *columns
	heads []int32 // the version it stands at
	done  int32   // rows up to this have been applied
	old   int32   // length of the text where the walk began
	work  int     // steps taken
	most  int     // steps that may be taken
	edits []edit
	quiet bool // edits are not wanted: the text has them already
}

// begin starts a walk at the critical version base, with a text of n
// characters.
func (w *walker) begin(g *columns, base, n int32) {
	w.reset(base, n)
	w.g, w.heads, w.done, w.old, w.quiet = g, w.heads[:0], base+1, n, false
	if base >= 0 {
		w.heads = append(w.heads, base)
	}
}

// learn tells a walk that began with unknownLength how long the text is now,
// after all its events.
func (w *walker) learn(now int32) error {
	extra := w.total.now - now
	if extra < 0 || extra > unknownLength {
		return ErrDamaged
	}
	if extra == 0 {
		return nil
	}
	w.old = unknownLength - extra
	p := w.seek(unknownLength-1, oldKey)
	s := w.span(p)
	if s.row < under || s.n < extra || s.state != 1 || s.gone {
		return ErrDamaged
	}
	before := s.count()
	s.n -= extra
	after := s.count()
	after.sub(before)
	w.change(p.leaf, after)
	if s.n == 0 {
		l := &w.leaves[p.leaf]
		copy(l.spans[p.at:], l.spans[p.at+1:l.n])
		l.n--
	}
	return nil
}

// step counts work, so that no graph can take for ever.
func (w *walker) step(n int) error {
	if w.work += n; w.work > w.most {
		return ErrTooCostly
	}
	return nil
}

// walk applies the rows before end.
func (w *walker) walk(end int32) error {
	w.grow(end)
	for k := w.g.chainAt(w.done); w.done < end; k++ {
		x := &w.g.chains[k]
		if w.done == x.at {
			if err := w.move(x.parents); err != nil {
				return err
			}
		} else if err := w.move([]int32{w.done - 1}); err != nil {
			return err
		}
		to := min(end, x.end())
		if err := w.g.runs(w.done, to, w.apply); err != nil {
			return err
		}
		w.done = to
		w.heads = append(w.heads[:0], to-1)
	}
	return nil
}

// move makes the walker stand at the version with these heads.
func (w *walker) move(heads []int32) error {
	back, ahead, steps := w.g.diff(w.heads, heads)
	if err := w.step(steps); err != nil {
		return err
	}
	for _, r := range back {
		if err := w.turn(r, -1); err != nil {
			return err
		}
	}
	for _, r := range ahead {
		if err := w.turn(r, 1); err != nil {
			return err
		}
	}
	w.heads = append(w.heads[:0], heads...)
	return nil
}

// turn takes the effect of events away (by -1), or adds it again (by 1).
func (w *walker) turn(r rows, by int32) error {
	if r.lo <= w.base {
		return ErrDamaged
	}
	for i := w.g.opAt(r.lo); r.lo < r.hi; i++ {
		o := &w.g.ops[i]
		end := min(r.hi, o.end())
		turn := w.turnDeleted
		if o.kind == insert {
			turn = w.shift
		}
		if err := turn(r.lo, end-r.lo, by); err != nil {
			return err
		}
		r.lo = end
	}
	return nil
}

// turnDeleted turns n deletions from row on.
func (w *walker) turnDeleted(row, n, by int32) error {
	targets := w.where[row-w.base-1:][:n]
	for i := 0; i < len(targets); {
		j := i + 1
		for j < len(targets) && targets[j] == targets[i]+int32(j-i) {
			j++
		}
		if j == i+1 {
			for j < len(targets) && targets[j] == targets[i]-int32(j-i) {
				j++
			}
		}
		if err := w.shift(min(targets[i], targets[j-1]), int32(j-i), by); err != nil {
			return err
		}
		i = j
	}
	return nil
}

// shift changes the state of n characters with rows from row on.
func (w *walker) shift(row, n, by int32) error {
	for n > 0 {
		if err := w.step(1); err != nil {
			return err
		}
		p := w.find(row)
		if p.at >= w.leaves[p.leaf].n || !w.span(p).holds(row) {
			return ErrDamaged
		}
		m := min(n, w.span(p).n-p.k)
		p = w.alone(p, m)
		s := w.span(p)
		before := s.count()
		s.state += by
		after := s.count()
		after.sub(before)
		w.change(p.leaf, after)
		row, n = row+m, n-m
	}
	return nil
}

// alone makes the m characters from p on a span of their own.
func (w *walker) alone(p place, m int32) place {
	p = w.room(p, 2)
	p = w.cut(p)
	w.cut(place{p.leaf, p.at, m})
	return p
}

// apply carries out a run at the version it was made at, where the walker
// stands.
func (w *walker) apply(o op) error {
	if err := w.step(1); err != nil {
		return err
	}
	if err := w.g.fits(o, w.total.seen); err != nil {
		return err
	}
	if o.kind == insert {
		return w.insert(o)
	}
	for o.n > 0 {
		if err := w.step(1); err != nil {
			return err
		}
		took := w.delete(o)
		o = op{at: o.at + took, n: o.n - took, pos: o.pos, kind: o.kind}
		if o.kind == backward {
			o.pos -= took
		}
	}
	return nil
}

// delete takes away as many characters of o as are in one span.
func (w *walker) delete(o op) int32 {
	p := w.seek(o.pos, seenKey)
	m := min(o.n, w.span(p).n-p.k)
	if o.kind == backward {
		m = min(o.n, p.k+1)
		p.k -= m - 1
	}
	p = w.alone(p, m)
	s := w.span(p)
	where := w.where[o.at-w.base-1:][:m]
	for i := range where {
		where[i] = s.row + int32(i)
		if o.kind == backward {
			where[i] = s.last() - int32(i)
		}
	}
	if !s.gone && !w.quiet {
		w.edits = append(w.edits, edit{pos: w.position(p), n: m, kind: forward})
	}
	before := s.count()
	s.state, s.gone = 2, true
	after := s.count()
	after.sub(before)
	w.change(p.leaf, after)
	return m
}
