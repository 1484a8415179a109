package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// walk reads the tree as the View shows it.
func (v *View) walk() merkle.Walk {
	return merkle.Walk{
		Collection: v.coll,
		Nodes:      treeNodes{v.snap, v.coll},
		Documents:  treeDocuments{r: v.snap, coll: v.coll, id: v.replicaID},
	}
}

// Root is the hash of the collection's tree; ok is false while the tree does
// not show exactly the documents of the View (see HashTree). Equal roots are
// equal data. The root of an empty collection is SHA-256 of nothing.
func (v *View) Root() (root [32]byte, ok bool, err error) {
	m, err := v.treeMark()
	if err != nil || !m.shows(v.state.knowledge) {
		return root, false, err
	}
	n, _, err := v.walk().Root()
	if err != nil {
		return root, false, v.treeError(err)
	}
	return n.Hash, true, nil
}

// Height is the level of the root node, whose boundary is ""; leaves are level
// 0. It and what follows make sense where Root is ok.
func (v *View) Height() (int, error) {
	_, level, err := v.walk().Root()
	return level, v.treeError(err)
}

// Children lists, in key order, the nodes of level-1 below the node of level
// that starts at boundary, at most merkle.MaxRun.
func (v *View) Children(level int, boundary string) ([]merkle.Child, error) {
	children, more, err := v.walk().Children(level, boundary, "", merkle.MaxRun)
	return children, v.treeError(tooLong(more, boundary, err))
}

// Listing lists, in key order, the documents of the leaf that starts at
// boundary, at most merkle.MaxRun, each with the SHA-256 of its canonical bytes.
func (v *View) Listing(boundary string) ([]merkle.Document, error) {
	documents, more, err := v.walk().Leaf(boundary, "", merkle.MaxRun)
	return documents, v.treeError(tooLong(more, boundary, err))
}

// tooLong is the damage of a node with more below it than any node has.
func tooLong(more bool, boundary string, err error) error {
	if err == nil && more {
		err = fmt.Errorf("%w: more than %d below %q", errTree, merkle.MaxRun, boundary)
	}
	return err
}

func (v *View) treeError(err error) error {
	if errors.Is(err, errTree) {
		return &DamagedError{Collection: v.coll, What: err.Error()}
	}
	return err
}
