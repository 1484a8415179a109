package merkle

import "iter"

// step brings the nodes of a level in line with the run of their children
// around key: from the last node that begins at or before key up to the next
// one after it. If that makes more than limit nodes, it ends earlier, where a
// new one begins; that boundary is a key which has changed, and so has yet to
// be named. It returns where it ended ("" is the end of the level) and how
// many nodes there are now.
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
		other, err := b.first(level, "\x00")
		if err != nil {
			return "", 0, err
		}
		b.sole = other == ""
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
	boundary := start
	for c, err := range b.children(level, start, end) {
		if err != nil {
			return r, err
		}
		begins := Level(b.tree.Collection, c.Boundary) >= level && c.Boundary != ""
		switch {
		case sum.count == 0 && len(r.nodes) == 0:
			r.whole = c.Boundary == start
			if begins {
				boundary = c.Boundary
			}
		case begins:
			r.nodes = append(r.nodes, Child{boundary, sum.node()})
			sum.reset()
			boundary = c.Boundary
			if len(r.nodes) == limit {
				r.end = boundary
				return r, nil
			}
		}
		sum.add(c)
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

// before is the last boundary of a level below key, or "".
func (b *builder) before(level int, key string) (string, error) {
	for c, err := range b.tree.Nodes.Scan(level, "", key, true) {
		return c.Boundary, err
	}
	return "", nil
}

// first is the first boundary of a level at or above key, or "" if there is
// none.
func (b *builder) first(level int, key string) (string, error) {
	for c, err := range b.tree.Nodes.Scan(level, key, "", false) {
		return c.Boundary, err
	}
	return "", nil
}
