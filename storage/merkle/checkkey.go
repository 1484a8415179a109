package merkle

import "fmt"

// LeafOf is the node of a leaf with these documents, which are in order of their keys.
func LeafOf(documents []Document) Node {
	sum := newSummer(0)
	for _, d := range documents {
		sum.add(Child{d.Key, Node{1, d.Digest}})
	}
	return sum.node()
}

// CheckKey compares the nodes whose runs hold a key with what they are made of, from the
// root down to the leaf, in one scan for each level. detail says of the first that
// differs how it does; it is empty if none does, and root is the root then.
func (w Walk) CheckKey(key string, leaf Leaf) (root Node, detail string, err error) {
	level, ok, err := w.Nodes.Top()
	if err != nil {
		return Node{}, "", err
	}
	if !ok {
		documents, current, err := leaf(key, key+"\x00")
		if current && len(documents) > 0 {
			detail = fmt.Sprintf("%d documents, and no tree", len(documents))
		}
		return Node{Hash: EmptyRoot}, detail, err
	}
	top, _, err := w.run(level+1, "", "", leaf)
	switch {
	case err != nil:
		return Node{}, "", err
	case len(top) != 1 || top[0].Boundary != "":
		return Node{}, fmt.Sprintf("level %d has no root, or none is above", level), nil
	}
	node, end := top[0], ""
	for ; ; level-- {
		children, current, err := w.run(level, node.Boundary, end, leaf)
		if err != nil {
			return Node{}, "", err
		}
		if detail := w.differs(level, node, children, MaxRun); current && detail != "" {
			return Node{}, detail, nil
		}
		if level == 0 {
			return top[0].Node, "", nil
		}
		if first := children[0].Boundary; first > key { // no leaf holds it
			documents, current, err := leaf(node.Boundary, first)
			if current && len(documents) > 0 {
				detail = fmt.Sprintf("%d documents are before the first leaf", len(documents))
			}
			return top[0].Node, detail, err
		}
		for _, c := range children {
			if c.Boundary > key {
				end = c.Boundary
				break
			}
			node = c
		}
	}
}
