package merkle

import "fmt"

// Leaf reads the documents of a leaf, those with keys in [from, to), in order.
// current is false if they are not those that were hashed, so that nothing
// can be said.
type Leaf func(from, to string) (documents []Document, current bool, err error)

// Check compares the nodes whose runs overlap the keys [from, to) with what
// they are made of: leaves with their documents, the nodes above with their
// children. bad is called with the boundary of each that differs; its error
// ends the check. So is a damaged record found that passes for intact.
func (w Walk) Check(from, to string, leaf Leaf, bad func(boundary, detail string) error) error {
	top, ok, err := w.Nodes.Top()
	if err != nil {
		return err
	}
	if !ok {
		documents, current, err := leaf(from, to)
		if err == nil && current && len(documents) > 0 {
			err = bad("", fmt.Sprintf("%d documents, and no tree", len(documents)))
		}
		return err
	}
	if _, _, err := w.Root(); err != nil {
		return bad("", err.Error())
	}
	for c, err := range w.Nodes.Scan(top, "\x00", "", false) {
		if err == nil {
			err = bad(c.Boundary, fmt.Sprintf("level %d: no root is above", top))
		}
		return err
	}
	for level := range top + 1 {
		if err := w.checkLevel(level, from, to, leaf, bad); err != nil {
			return err
		}
	}
	return nil
}

// checkLevel checks the nodes of one level.
func (w Walk) checkLevel(level int, from, to string, leaf Leaf, bad func(boundary, detail string) error) error {
	start := from
	for c, err := range w.Nodes.Scan(level, "", from+"\x00", true) {
		if err != nil {
			return err
		}
		start = c.Boundary
		break
	}
	var node *Child
	before := MaxRun // children of the node before, as far as known
	check := func(end string) error {
		if node == nil {
			if to != "" && (end == "" || to < end) {
				end = to
			}
			return w.checkBefore(level, start, end, leaf, bad)
		}
		children, current, err := w.run(level, node.Boundary, end, leaf)
		if err != nil {
			return err
		}
		if detail := w.differs(level, *node, children, before); current && detail != "" {
			return bad(node.Boundary, detail)
		}
		if before = len(children); !current {
			before = MaxRun
		}
		return nil
	}
	for c, err := range w.Nodes.Scan(level, start, "", false) {
		if err != nil {
			return err
		}
		if node != nil || c.Boundary > start {
			if err := check(c.Boundary); err != nil {
				return err
			}
		}
		if to != "" && c.Boundary >= to {
			return nil
		}
		node = &c
	}
	return check("")
}

// checkBefore checks that nothing is below where no node is: before the first one of a level, if
// that does not begin where all keys begin.
func (w Walk) checkBefore(level int, from, to string, leaf Leaf, bad func(boundary, detail string) error) error {
	children, current, err := w.run(level, from, to, leaf)
	if err == nil && current && len(children) > 0 {
		err = bad(from, fmt.Sprintf("level %d: %d are below, and no node", level, len(children)))
	}
	return err
}

// run reads what a node is made of, documents as children that count 1.
func (w Walk) run(level int, from, to string, leaf Leaf) (children []Child, current bool, err error) {
	if level == 0 {
		documents, current, err := leaf(from, to)
		for _, d := range documents {
			children = append(children, Child{d.Key, Node{1, d.Digest}})
		}
		return children, current, err
	}
	for c, err := range w.Nodes.Scan(level-1, from, to, false) {
		if err != nil {
			return nil, false, err
		}
		children = append(children, c)
	}
	return children, true, nil
}

// differs says how a node differs from that of its children, "" if it does
// not; before is how many the node before it has.
func (w Walk) differs(level int, node Child, children []Child, before int) string {
	s := shape{collection: w.Collection, longest: w.longest}
	sum := newSummer(level)
	for i, c := range children {
		if begins := s.begins(level, c.Boundary); begins && (i > 0 || node.Boundary == "") {
			return fmt.Sprintf("level %d: another node begins at %q", level, c.Boundary)
		}
		sum.add(c)
	}
	is := sum.node()
	switch {
	case len(children) == 0:
		return fmt.Sprintf("level %d: nothing is below", level)
	case len(children) > s.run():
		return fmt.Sprintf("level %d: %d are below", level, len(children))
	case is != node.Node:
		return fmt.Sprintf("level %d: %d documents with hash %x are %d with %x",
			level, node.Count, node.Hash[:4], is.Count, is.Hash[:4])
	case node.Boundary != "" && !s.begins(level, node.Boundary) && before < s.run():
		return fmt.Sprintf("level %d: no node begins here", level)
	}
	return ""
}
