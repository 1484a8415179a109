package storage

import (
	"errors"
	"iter"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// treeLeaf is a leaf of a tree as it was hashed.
type treeLeaf struct {
	merkle.Child
	end   string // where the next one begins; "" is the end of the key space
	known bool   // it can be read
}

// leavesFrom yields the leaves of the tree in order, from the one that holds a key on.
// Where the tree has none there is one, from that key on, that cannot be read.
func (n treeNodes) leavesFrom(key string) iter.Seq2[treeLeaf, error] {
	o := ScanOptions{Start: treeKey(n.coll, 0, ""), End: treeKey(n.coll, 1, "")}
	return func(yield func(treeLeaf, error) bool) {
		if key != "" { // it may be in one that begins before it
			at := o
			at.End, at.Reverse, at.KeysOnly = treeKey(n.coll, 0, key+"\x00"), true, true
			for item, err := range n.r.Scan(at) {
				if err != nil {
					yield(treeLeaf{}, err)
					return
				}
				o.Start = append([]byte(nil), item.Key...)
				break
			}
		}
		leaf := treeLeaf{Child: merkle.Child{Boundary: key}}
		for item, err := range n.r.Scan(o) {
			if err != nil {
				yield(treeLeaf{}, err)
				return
			}
			next, err := n.child(item)
			if leaf.end = next.Boundary; next.Boundary > key && !yield(leaf, nil) {
				return
			}
			leaf = treeLeaf{Child: next, known: !errors.Is(err, errTree)}
		}
		yield(leaf, nil)
	}
}

// holds reports whether a key that is not before the leaf is in it.
func (l treeLeaf) holds(key string) bool { return l.end == "" || key < l.end }
