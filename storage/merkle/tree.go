package merkle

import (
	"math"
	"slices"
)

// Tree brings the records of a collection's tree in line with its documents.
type Tree struct {
	// Collection is the name of the collection, see Level.
	Collection string
	Nodes      NodeStore
	Documents  Documents

	longest int // see shape
}

// MaxRun is the greatest number of documents in a leaf, and of children of an
// inner node.
const MaxRun = 256

// shape computes the nodes of the tree.
func (t Tree) shape() shape { return shape{t.Collection, t.Nodes, t.Documents, t.longest} }

// Rehash hashes the leaves that hold, or held, the dirty keys: keys of
// documents that were added, changed or removed since the tree was in line,
// in ascending order. It stops after about limit leaves (never less than
// two), so that one transaction can hold the work, and returns how many of
// the keys it is done with; call again with the rest. It may hash further
// changes in the same leaves; naming them later does no harm.
//
// After every call the tree is whole: each hash is that of its children. It
// is in line with the documents once all keys that changed have been named,
// in any number of calls.
func (t Tree) Rehash(dirty []string, limit int) (done int, err error) {
	limit = max(limit, 2)
	b := builder{shape: t.shape(), tree: t}
	for leaves := 0; done < len(dirty) && leaves < limit; {
		end, n, err := b.step(0, dirty[done], max(limit-leaves, 2))
		if err != nil {
			return 0, err
		}
		leaves += max(n, 1)
		for done < len(dirty) && (end == "" || dirty[done] < end) {
			done++
		}
	}
	return done, b.raise()
}

// Build is Rehash for all keys from the first, up to but without to, or to
// the last if to is "". It returns the key to go on from, or "" if it is
// done.
func (t Tree) Build(from, to string, limit int) (next string, err error) {
	limit = max(limit, 2)
	b := builder{shape: t.shape(), tree: t}
	next = from
	for leaves := 0; leaves < limit; {
		end, n, err := b.step(0, next, max(limit-leaves, 2))
		if err != nil {
			return "", err
		}
		leaves += max(n, 1)
		next = end
		if end == "" || to != "" && end >= to {
			next = ""
			break
		}
	}
	return next, b.raise()
}

// builder is one call of Rehash or Build.
type builder struct {
	shape
	tree    Tree
	changed []string // boundaries of nodes of the level that were set or deleted
	seen    stretch  // nodes of the level around the last step, and ahead of it
}

// raise brings the levels above the leaves in line with what has changed
// there, up to the first level that has no node but "", the root.
func (b *builder) raise() error {
	for level := 1; len(b.changed) > 0; level++ {
		sole, err := b.sole(level - 1)
		if err != nil {
			return err
		}
		if sole {
			return b.removeFrom(level)
		}
		dirty := b.changed
		slices.Sort(dirty) // steps overlap
		b.changed = nil
		covered := ""
		for i, key := range dirty {
			if i > 0 && (covered == "" || key < covered) {
				continue
			}
			if covered, _, err = b.step(level, key, math.MaxInt); err != nil {
				return err
			}
		}
	}
	return nil
}

// sole reports whether a level has at most the node "": it is the root.
func (b *builder) sole(level int) (bool, error) {
	for _, err := range b.tree.Nodes.Scan(level, "\x00", "", false) {
		return false, err
	}
	return true, nil
}

// removeFrom deletes the levels that are not needed any more.
func (b *builder) removeFrom(level int) error {
	for ; ; level++ {
		var stale []string
		for c, err := range b.tree.Nodes.Scan(level, "", "", false) {
			if err != nil {
				return err
			}
			stale = append(stale, c.Boundary)
		}
		if len(stale) == 0 {
			return nil
		}
		for _, boundary := range stale {
			if err := b.tree.Nodes.Delete(level, boundary); err != nil {
				return err
			}
		}
	}
}
