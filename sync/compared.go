package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// compared is the receiving side of a comparison: what was known here when the
// documents of a run of keys were compared with those of the peer. It goes with
// the frames that name it, so that whoever merges them can tell what has come since.
type compared struct {
	number    uint64
	from, to  string
	knowledge crdt.Knowledge

	set   []element // until the comparison is done
	keys  []string  // of the elements
	cells []cell    // heard so far
	done  bool
}

// keysBytes is how many bytes of keys a differ names at most: fewer keys are
// compared then.
const keysBytes = 1 << 20

// onSketch looks what of the own documents the peer does not hold as they are.
func (s *Session) onSketch(in *sketch) error {
	c, err := s.met(in.Collection, "sketch")
	if err != nil {
		return err
	}
	if len(in.From) > crdt.MaxKey+1 || len(in.To) > crdt.MaxKey+1 || in.To != "" && in.From >= in.To {
		return bad("sketch of %s from %q to %q", c.name, in.From, in.To)
	}
	if !inside(c.within, in.From, in.To) {
		return bad("sketch of %s from %q to %q is out of scope", c.name, in.From, in.To)
	}
	m := c.heardSketch
	switch {
	case in.First == 0:
		if m != nil && in.Number <= m.number || in.Number == 0 {
			return ends(ReasonOutOfOrder, "sketch %d of %s", in.Number, c.name)
		}
		if m, err = s.newCompared(c, in); err != nil || m == nil {
			return err
		}
	case m == nil || m.done || m.number != in.Number || m.from != in.From || m.to != in.To || in.First != uint64(len(m.cells)):
		return ends(ReasonOutOfOrder, "sketch %d of %s from cell %d", in.Number, c.name, in.First)
	}
	return s.tell(c, m, in.Cells)
}

// newCompared takes down what is here; nil if that is too much for one
// comparison, which then begins anew.
func (s *Session) newCompared(c *collection, in *sketch) (*compared, error) {
	v, err := s.view(c.name)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	m := &compared{number: in.Number, from: in.From, to: in.To, knowledge: v.Knowledge()}
	c.heardSketch = m
	e, upTo := newElements(s.walkKey()), in.To
	err = v.Existing(in.From, in.To, func(key string, digest [32]byte) bool {
		if len(m.keys) == s.limits.Compare {
			upTo = key
			return false
		}
		m.keys, m.set = append(m.keys, key), append(m.set, e.of(key, digest))
		return true
	})
	if err != nil {
		return nil, failed("list "+c.name, err)
	}
	if upTo != in.To {
		m.keys, m.set, m.done = nil, nil, true
		return nil, s.send(&more{Collection: c.name, Number: m.number, To: upTo})
	}
	return m, nil
}

// tell adds cells to those of the peer and finds out what they tell; more are
// asked for where that is not enough.
func (s *Session) tell(c *collection, m *compared, b []byte) error {
	if len(b) > cellSize*mostCells(2*s.limits.Compare) {
		return ends(ReasonOversized, "sketch of %s of %d bytes", c.name, len(b))
	}
	cells, err := cutCells(b, s.limits.Compare)
	if err != nil {
		return err
	}
	if len(cells) == 0 {
		return bad("sketch of %s without cells", c.name)
	}
	m.cells = append(m.cells, cells...)
	most := mostCells(len(m.set) + int(m.cells[0].count))
	only, ok := newElements(s.walkKey()).tell(m.set, m.cells)
	switch n := len(m.cells); {
	case !ok && n >= most:
		return ends(ReasonNoProgress, "%d cells do not tell %d documents of %s apart", n, most, c.name)
	case !ok:
		return s.send(&more{Collection: c.name, Number: m.number, To: m.to, Cells: uint64(min(2*n, most))})
	}
	return s.name(c, m, only)
}

// name tells the peer which documents it does not hold as they are here.
func (s *Session) name(c *collection, m *compared, only []element) error {
	lacking := make(map[element]bool, len(only))
	for _, x := range only {
		lacking[x] = true
	}
	out := &differ{Collection: c.name, Number: m.number, To: m.to, Keys: []string{}}
	size := 0
	for i, x := range m.set {
		if !lacking[x] {
			continue
		}
		if size += len(m.keys[i]) + 3; size > keysBytes {
			m.to, out.To = m.keys[i], m.keys[i]
			break
		}
		out.Keys = append(out.Keys, m.keys[i])
	}
	m.set, m.keys, m.cells, m.done = nil, nil, nil, true
	return s.send(out)
}

// evidence gives a frame what its receiver knew when the documents were
// compared that the frame counts on.
func (c *collection) evidence(f *Frame) error {
	if f.comparison == 0 {
		return nil
	}
	m := c.heardSketch
	if m == nil || !m.done || m.number != f.comparison || f.From < m.from || m.to != "" && (f.To == "" || f.To > m.to) {
		return ends(ReasonOutOfOrder, "frame of %s [%s..%s) after sketch %d", c.name, f.From, f.To, f.comparison)
	}
	f.Compared = m.knowledge
	return nil
}
