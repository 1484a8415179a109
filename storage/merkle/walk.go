package merkle

import "fmt"

// Walk reads a tree, node by node. It reads what was hashed; the documents
// may have gone on since.
type Walk struct {
	// Collection is the name of the collection, see Level. Only Part needs it.
	Collection string
	Nodes      Nodes
	Documents  Documents

	longest int // see shape
}

// Root returns the root of the tree, whose boundary is "", and its level. The
// root of a tree without documents is EmptyRoot, counts 0, and has level 0.
func (w Walk) Root() (root Node, level int, err error) {
	level, ok, err := w.Nodes.Top()
	if err != nil {
		return Node{}, 0, err
	}
	if !ok {
		return Node{Hash: EmptyRoot}, 0, nil
	}
	for c, err := range w.Nodes.Scan(level, "", "\x00", false) {
		return c.Node, level, err
	}
	return Node{}, 0, fmt.Errorf("merkle: level %d has no root", level)
}

// Children returns the children of a node above the leaves, in order, at most
// limit of those whose boundary is at least from, and whether there are
// more. It is empty if the tree has no such node.
func (w Walk) Children(level int, boundary, from string, limit int) (children []Child, more bool, err error) {
	end, ok, err := w.end(level, boundary)
	if err != nil || !ok || level < 1 {
		return nil, false, err
	}
	for c, err := range w.Nodes.Scan(level-1, max(boundary, from), end, false) {
		if err != nil {
			return nil, false, err
		}
		if len(children) == limit {
			return children, true, nil
		}
		children = append(children, c)
	}
	return children, false, nil
}

// Leaf returns the documents of a leaf in the same way. There are at most
// MaxRun while the documents are those that were hashed.
func (w Walk) Leaf(boundary, from string, limit int) (documents []Document, more bool, err error) {
	end, ok, err := w.end(0, boundary)
	if err != nil || !ok {
		return nil, false, err
	}
	for d, err := range w.Documents.Scan(max(boundary, from), end) {
		if err != nil {
			return nil, false, err
		}
		if len(documents) == limit {
			return documents, true, nil
		}
		documents = append(documents, d)
	}
	return documents, false, nil
}

// end is where the run of a node ends: the next boundary of its level, or "".
func (w Walk) end(level int, boundary string) (end string, ok bool, err error) {
	for c, err := range w.Nodes.Scan(level, boundary, "", false) {
		switch {
		case err != nil:
			return "", false, err
		case ok:
			return c.Boundary, true, nil
		case c.Boundary != boundary:
			return "", false, nil
		}
		ok = true
	}
	return "", ok, nil
}
