package text

// insert puts the characters of o where FugueMax has them.
func (w *walker) insert(o op) error {
	s := span{row: o.at, n: o.n, left: nowhere, right: nowhere, state: 1}
	p := place{}
	if o.pos > 0 {
		p = w.seek(o.pos-1, seenKey)
		s.left = w.span(p).row + p.k
		p.k++
	}
	if p.k > 0 && p.k < w.span(p).n {
		s.right = w.span(p).row + p.k
	} else {
		var err error
		if p, err = w.settle(p, &s); err != nil {
			return err
		}
	}
	if !w.quiet {
		w.edits = append(w.edits, edit{pos: w.position(p), n: o.n, off: o.off, size: o.size, kind: insert})
	}
	if l := &w.leaves[p.leaf]; p.at < l.n && p.k == l.spans[p.at].n && l.spans[p.at].joins(s) {
		before := l.spans[p.at].count()
		l.spans[p.at].n += s.n
		after := l.spans[p.at].count()
		after.sub(before)
		w.change(p.leaf, after)
	} else {
		p = w.cut(w.room(p, 2))
		w.put(p, s)
	}
	w.remember(&s, p.leaf)
	return nil
}

// settle finds the right origin of s, which goes right after p (p is the end
// of a span, or the very beginning), and its place among the characters that
// were inserted there at the same time: those not inserted at the walker's
// version. Siblings, with the same left origin, stand in the reverse order of
// their right origins, then by id; what stands right of one of them by its
// left origin stays with it.
func (w *walker) settle(p place, s *span) (place, error) {
	first, more := w.after(p)
	scan := first
	for ; more && w.span(scan).state == 0; scan, more = w.next(scan) {
		if err := w.step(1); err != nil {
			return p, err
		}
	}
	if more {
		s.right = w.span(scan).row
	}
	if scan == first {
		return p, nil
	}
	before := false // s goes before the siblings at hand, unless a later one decides otherwise
	for scan, more = first, true; more && w.span(scan).state == 0; scan, more = w.next(scan) {
		if err := w.step(1); err != nil {
			return p, err
		}
		other := w.span(scan)
		if other.left == s.left {
			c := w.compareRights(other.right, s.right)
			if c == 0 && w.g.id(s.row).Compare(w.g.id(other.row)) < 0 {
				return p, nil
			}
			before = c < 0
		} else if w.precedes(other.left, s.left) {
			return p, nil
		}
		if !before {
			p = place{scan.leaf, scan.at, other.n}
		}
	}
	return p, nil
}

// after is the span after p, which is the end of a span or the beginning.
func (w *walker) after(p place) (place, bool) {
	if p.k == 0 && w.leaves[p.leaf].n > 0 {
		return p, true
	}
	return w.next(p)
}

// precedes reports whether left origin a stands before another one, b.
func (w *walker) precedes(a, b int32) bool {
	if a == nowhere || b == nowhere {
		return a == nowhere
	}
	return w.compare(w.find(a), w.find(b)) < 0
}

// compareRights orders right origins.
func (w *walker) compareRights(a, b int32) int {
	a, b = w.beyond(a), w.beyond(b)
	switch {
	case a == b:
		return 0
	case a == nowhere:
		return 1
	case b == nowhere:
		return -1
	}
	return w.compare(w.find(a), w.find(b))
}

// beyond makes what was behind the end, while that was unknown, the end.
func (w *walker) beyond(row int32) int32 {
	if row >= under+w.old {
		return nowhere
	}
	return row
}
