package storage

import "github.com/crdtstore/crdtstore/storage/merkle"

// RangeTree is the tree that the documents of a range of keys would have if
// there were no others: a pure function of them, so replicas that hold the
// same documents there have the same one, whatever else they hold. It is valid
// until its View is closed.
type RangeTree struct {
	v     *View
	walk  merkle.Walk
	root  merkle.Node
	level int
}

// Part is the tree of the documents with keys in [from, to); to "" is the end
// of the key space. ok is false while the tree does not show exactly the
// documents that the View has there (see HashTree). It is made of the nodes
// that lie inside; only those at the two ends are hashed anew.
func (v *View) Part(from, to string) (t *RangeTree, ok bool, err error) {
	m, err := v.treeMark()
	if err != nil || !m.showsRange(v.state.knowledge, from, to) {
		return nil, false, err
	}
	part, err := v.walk().Part(from, to)
	if err != nil {
		return nil, false, v.treeError(err)
	}
	t = &RangeTree{v: v, walk: part.Walk()}
	if t.root, t.level, err = t.walk.Root(); err != nil {
		return nil, false, v.treeError(err)
	}
	return t, true, nil
}

// RangeRoot is the root of the tree of Part, and how many documents it sums
// up. That of all keys is Root.
func (v *View) RangeRoot(from, to string) (root [32]byte, documents uint64, ok bool, err error) {
	t, ok, err := v.Part(from, to)
	if err != nil || !ok {
		return root, 0, false, err
	}
	root, documents = t.Root()
	return root, documents, true, nil
}

// Root is the hash of the root node, and how many documents it sums up. The
// root of no documents is SHA-256 of nothing.
func (t *RangeTree) Root() (root [32]byte, documents uint64) { return t.root.Hash, t.root.Count }

// Height is the level of the root node, whose boundary is ""; leaves are level
// 0.
func (t *RangeTree) Height() int { return t.level }

// Children lists, in key order, the nodes of level-1 below the node of level
// that starts at boundary, at most merkle.MaxRun.
func (t *RangeTree) Children(level int, boundary string) ([]merkle.Child, error) {
	children, more, err := t.walk.Children(level, boundary, "", merkle.MaxRun)
	return children, t.v.treeError(tooLong(more, boundary, err))
}

// Listing lists, in key order, the documents of the leaf that starts at
// boundary, at most merkle.MaxRun, each with the SHA-256 of its canonical bytes.
func (t *RangeTree) Listing(boundary string) ([]merkle.Document, error) {
	documents, more, err := t.walk.Leaf(boundary, "", merkle.MaxRun)
	return documents, t.v.treeError(tooLong(more, boundary, err))
}
