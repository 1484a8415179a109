package merkle

import "iter"

// Part is the tree over the documents of a range of keys and no others, made of
// a tree over more: the nodes that lie inside are taken as they are, those
// at the two ends are computed. It holds a few dozen nodes in memory.
type Part struct {
	whole    shape
	from, to string
	levels   []partLevel
}

// partLevel is one level of a Part: the stored nodes with boundaries in
// [first, last), if any, between those that were computed. last "" is the end
// of the level.
type partLevel struct {
	stored      bool
	first, last string
	head, tail  []Child
}

// Part computes the ends of the tree over the documents with keys in [from,
// to); to "" is the end of the key space. There the tree must be in line with
// the documents; elsewhere it need not be.
func (w Walk) Part(from, to string) (*Part, error) {
	p := &Part{whole: shape{w.Collection, w.Nodes, w.Documents, w.longest}, from: from, to: to}
	for level := 0; ; level++ {
		l, err := p.level(level)
		if err != nil {
			return nil, err
		}
		p.levels = append(p.levels, l)
		done := true
		for c, err := range p.Scan(level, "\x00", "", false) {
			if err != nil {
				return nil, err
			}
			done = c.Boundary == ""
			break
		}
		if done { // no node but ""
			return p, nil
		}
	}
}

// Walk reads the part.
func (p *Part) Walk() Walk {
	return Walk{Collection: p.whole.collection, Nodes: p, Documents: partDocuments{p}, longest: p.whole.longest}
}

// level computes the ends of a level from the level below.
func (p *Part) level(level int) (l partLevel, err error) {
	l.stored = true
	if p.from != "" {
		if l.first, err = p.whole.first(level, p.from); err != nil {
			return l, err
		}
		l.stored = l.first != "" && (p.to == "" || l.first < p.to)
	}
	if p.to != "" && l.stored {
		if l.last, err = p.whole.before(level, p.to); err != nil {
			return l, err
		}
		l.stored = l.last >= max(l.first, "\x00")
	}
	if !l.stored { // nothing begins by hash: one run
		l.head, err = p.group(level, "", "")
		return l, err
	}
	if p.from != "" {
		if l.head, err = p.group(level, "", l.first); err != nil {
			return l, err
		}
	}
	if p.to != "" {
		l.tail, err = p.group(level, l.last, "")
		l.stored = l.first < l.last
	}
	return l, err
}

// group computes the nodes of a level from start to end.
func (p *Part) group(level int, start, end string) ([]Child, error) {
	s := p.whole
	s.nodes, s.documents = p, partDocuments{p}
	r, err := s.group(level, start, end, 0)
	return r.nodes, err
}

// Scan implements Nodes.
func (p *Part) Scan(level int, from, to string, reverse bool) iter.Seq2[Child, error] {
	l := p.levels[level]
	of := func(nodes []Child) iter.Seq2[Child, error] {
		return func(yield func(Child, error) bool) {
			for i := range nodes {
				if reverse {
					i = len(nodes) - 1 - i
				}
				c := nodes[i]
				if c.Boundary >= from && (to == "" || c.Boundary < to) && !yield(c, nil) {
					return
				}
			}
		}
	}
	pieces := []iter.Seq2[Child, error]{of(l.head), nil, of(l.tail)}
	pieces[1] = func(yield func(Child, error) bool) {
		low, high := max(l.first, from), l.last
		if to != "" && (high == "" || to < high) {
			high = to
		}
		if !l.stored || high != "" && low >= high {
			return
		}
		p.whole.nodes.Scan(level, low, high, reverse)(yield)
	}
	if reverse {
		pieces[0], pieces[2] = pieces[2], pieces[0]
	}
	return func(yield func(Child, error) bool) {
		for _, piece := range pieces {
			for c, err := range piece {
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

// Top implements Nodes.
func (p *Part) Top() (level int, ok bool, err error) {
	for _, err := range p.Scan(0, "", "", false) {
		return len(p.levels) - 1, true, err
	}
	return 0, false, nil
}

// partDocuments are the documents of the range.
type partDocuments struct{ *Part }

// Scan implements Documents.
func (d partDocuments) Scan(from, to string) iter.Seq2[Document, error] {
	from = max(from, d.from)
	if d.to != "" && (to == "" || d.to < to) {
		to = d.to
	}
	if to != "" && from >= to {
		return func(func(Document, error) bool) {}
	}
	return d.whole.documents.Scan(from, to)
}
