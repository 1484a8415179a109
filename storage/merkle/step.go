package merkle

import "iter"

// step brings the nodes of a level in line with the run of their children
// around key: from the last boundary by hash at or before key up to the next
// one after it. If more than limit of its nodes begin by hash, it ends earlier,
// at such a one; that boundary is a key which has changed, and so has
// yet to be named. It returns where it ended ("" is the end of the level) and
// how many nodes there are now.
func (b *builder) step(level int, key string, limit int) (end string, nodes int, err error) {
	start, err := b.before(level, key+"\x00")
	if err != nil {
		return "", 0, err
	}
	if end, err = b.first(level, key+"\x00"); err != nil {
		return "", 0, err
	}
	var r run
	for {
		if r, err = b.group(level, start, end, limit); err != nil {
			return "", 0, err
		}
		if start == "" || r.whole {
			break
		}
		// What made start a boundary is gone; its run belongs to the node before.
		if start, err = b.before(level, start); err != nil {
			return "", 0, err
		}
	}
	if err := b.replace(level, start, r); err != nil {
		return "", 0, err
	}
	b.sole = false
	if len(r.nodes) == 0 || len(r.nodes) == 1 && r.end == "" { // else there is another
		b.sole = true
		for _, err := range b.tree.Nodes.Scan(level, "\x00", "", false) {
			if err != nil {
				return "", 0, err
			}
			b.sole = false
			break
		}
	}
	return r.end, len(r.nodes), nil
}

// run is what a range of children groups to.
type run struct {
	nodes []Child
	end   string // where it ended, as step returns it
	whole bool   // its first child is the boundary of its first node
}

// group computes the nodes of a level from start to end.
func (b *builder) group(level int, start, end string, limit int) (run, error) {
	r := run{end: end}
	sum := newSummer(level)
	boundary, length := start, 0
	next := func(at string) {
		r.nodes = append(r.nodes, Child{boundary, sum.node()})
		sum.reset()
		boundary, length = at, 0
	}
	for c, err := range b.children(level, start, end) {
		if err != nil {
			return r, err
		}
		begins := b.begins(level, c.Boundary)
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
		case length == b.tree.run():
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
func (b *builder) children(level int, from, to string) iter.Seq2[Child, error] {
	if level > 0 {
		return b.tree.Nodes.Scan(level-1, from, to, false)
	}
	return func(yield func(Child, error) bool) {
		for d, err := range b.tree.Documents.Scan(from, to) {
			if !yield(Child{d.Key, Node{1, d.Digest}}, err) || err != nil {
				return
			}
		}
	}
}

// replace writes the nodes of a run in place of those that were there from
// start on, and notes which have changed.
func (b *builder) replace(level int, start string, r run) error {
	old := map[string]Node{}
	for c, err := range b.tree.Nodes.Scan(level, start, r.end, false) {
		if err != nil {
			return err
		}
		old[c.Boundary] = c.Node
	}
	for _, c := range r.nodes {
		was, there := old[c.Boundary]
		delete(old, c.Boundary)
		if there && was == c.Node {
			continue
		}
		if err := b.tree.Nodes.Set(level, c); err != nil {
			return err
		}
		b.changed = append(b.changed, c.Boundary)
	}
	for boundary := range old {
		if err := b.tree.Nodes.Delete(level, boundary); err != nil {
			return err
		}
		b.changed = append(b.changed, boundary)
	}
	return nil
}

// begins reports whether key begins a node of a level by its hash, wherever
// it comes.
func (b *builder) begins(level int, key string) bool {
	return key != "" && Level(b.tree.Collection, key) >= level
}

// before is the last boundary by hash of a level below key, or "".
func (b *builder) before(level int, key string) (string, error) {
	for c, err := range b.tree.Nodes.Scan(level, "", key, true) {
		if err != nil || b.begins(level, c.Boundary) {
			return c.Boundary, err
		}
	}
	return "", nil
}

// first is the first boundary by hash of a level at or above key, or "" if
// there is none.
func (b *builder) first(level int, key string) (string, error) {
	for c, err := range b.tree.Nodes.Scan(level, key, "", false) {
		if err != nil || b.begins(level, c.Boundary) {
			return c.Boundary, err
		}
	}
	return "", nil
}
