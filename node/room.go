package node

import (
	"errors"
	"fmt"
)

// MaxCollections is how many collections a node holds: those of its scope of which
// its store knows anything, be it only that all of their documents were removed. A
// session has room for so many of either side.
const MaxCollections = 4096

// ErrCollections is returned by a write that would make a node hold more than
// MaxCollections. Nothing was written. Collections that are out of the scope do
// not count (see Node.SetScope).
var ErrCollections = errors.New("too many collections")

// room says whether there may be a collection that is not there yet, of which
// held says how many of a scope there are; total is how many are stored.
func room(total int, held func(fits func(string) bool) int, s *scope) bool {
	if total < MaxCollections || s == nil {
		return total < MaxCollections
	}
	return held(func(c string) bool { return s.hasSome(c, "") }) < MaxCollections
}

// room fails with ErrCollections where a task would bring one collection too many
// into a scope.
func (b *batch) room(collection string, s *scope) error {
	if b.Has(collection) || room(b.Count(nil), b.Count, s) {
		return nil
	}
	return fmt.Errorf("%s: %w: this node holds %d", collection, ErrCollections, MaxCollections)
}

// room reports whether this node takes a collection that a peer has. A commit
// decides again: peers may offer more at once than there is room for.
func (n *Node) room(collection string) bool {
	return n.docs.Has(collection) || room(n.docs.Count(nil), n.docs.Count, n.scope.Load())
}
