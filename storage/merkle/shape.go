package merkle

import (
	"cmp"
	"iter"
)

// shape computes nodes from what they are made of.
type shape struct {
	collection string
	nodes      Nodes
	documents  Documents
	longest    int // see run
}

// run is MaxRun, or what a test wants instead.
func (s shape) run() int { return cmp.Or(s.longest, MaxRun) }

// run is what a range of children groups to.
type run struct {
	nodes []Child
	end   string // where it ended, as step returns it
	whole bool   // its first child is the boundary of its first node
}

// group computes the nodes of a level from start to end.
func (s shape) group(level int, start, end string, limit int) (run, error) {
	r := run{end: end}
	sum := newSummer(level)
	boundary, length := start, 0
	next := func(at string) {
		r.nodes = append(r.nodes, Child{boundary, sum.node()})
		sum.reset()
		boundary, length = at, 0
	}
	for c, err := range s.children(level, start, end) {
		if err != nil {
			return r, err
		}
		begins := s.begins(level, c.Boundary)
		switch {
		case sum.count == 0 && len(r.nodes) == 0:
			r.whole = c.Boundary == start
			if begins {
				boundary = c.Boundary
			}
		case begins:
			next(c.Boundary)
			if limit--; limit == 0 { // counts only those that begin by hash
				r.end = boundary
				return r, nil
			}
		case length == s.run():
			next(c.Boundary)
		}
		sum.add(c)
		length++
	}
	if sum.count > 0 {
		r.nodes = append(r.nodes, Child{boundary, sum.node()})
	}
	return r, nil
}

// children yields what the nodes of a level are made of: documents, or the
// nodes one level below.
func (s shape) children(level int, from, to string) iter.Seq2[Child, error] {
	if level > 0 {
		return s.nodes.Scan(level-1, from, to, false)
	}
	return func(yield func(Child, error) bool) {
		for d, err := range s.documents.Scan(from, to) {
			if !yield(Child{d.Key, Node{1, d.Digest}}, err) || err != nil {
				return
			}
		}
	}
}

// begins reports whether key begins a node of a level by its hash, wherever
// it comes.
func (s shape) begins(level int, key string) bool {
	return key != "" && Level(s.collection, key) >= level
}

// before is the last boundary by hash of a level below key, or "".
func (s shape) before(level int, key string) (string, error) {
	for c, err := range s.nodes.Scan(level, "", key, true) {
		if err != nil || s.begins(level, c.Boundary) {
			return c.Boundary, err
		}
	}
	return "", nil
}

// first is the first boundary by hash of a level at or above key, or "" if
// there is none.
func (s shape) first(level int, key string) (string, error) {
	for c, err := range s.nodes.Scan(level, key, "", false) {
		if err != nil || s.begins(level, c.Boundary) {
			return c.Boundary, err
		}
	}
	return "", nil
}
