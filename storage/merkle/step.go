package merkle

// step brings the nodes of a level in line with the run of their children
// around key: from the last boundary by hash at or before key up to the next
// one after it. If more than limit of its nodes begin by hash, it ends earlier,
// at such a one; that boundary is a key which has changed, and so has
// yet to be named. It returns where it ended ("" is the end of the level) and
// how many nodes there are now.
func (b *builder) step(level int, key string, limit int) (end string, nodes int, err error) {
	start, end, err := b.around(level, key)
	if err != nil {
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
		if err := b.look(level, start, end); err != nil {
			return "", 0, err
		}
	}
	if err := b.replace(level, start, r); err != nil {
		return "", 0, err
	}
	if r.end != end {
		b.seen = stretch{} // the next step begins among nodes of this one
	}
	return r.end, len(r.nodes), nil
}

// replace writes the nodes of a run in place of those that were there from
// start on, and notes which have changed.
func (b *builder) replace(level int, start string, r run) error {
	old := map[string]Node{}
	for _, c := range b.seen.within(start, r.end) {
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
