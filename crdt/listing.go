package crdt

import (
	"iter"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// Entry is one event that is still alive, with where it is. A path leads
// through an element of a list by a token that names it for ever, as its index
// does not: "$" and the id of its origin, replica (in hexadecimal) and counter.
// No field has such a name.
type Entry struct {
	Path  Pointer
	Kind  Kind
	Dot   Dot
	Time  Timestamp
	Value Value             // canonical CBOR; "" for a place
	At    position.Position // of a place of the element at Path, whose Kind is KindList; zero for all others
}

// Entries yields everything that is alive, in canonical order: what is at a
// path, then what is in the fields and the elements there; of an element its
// places first.
func (d *Document) Entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		if d != nil {
			d.root.yieldEntries(nil, yield)
		}
	}
}

func (n *node) yieldEntries(path Pointer, yield func(Entry) bool) bool {
	for _, e := range n.entries {
		if !yield(Entry{Path: path, Kind: e.Kind, Dot: e.Dot, Time: e.Time, Value: e.Value}) {
			return false
		}
	}
	for i := range n.fields {
		below := append(path[:len(path):len(path)], n.fields[i].name)
		if !n.fields[i].node.yieldEntries(below, yield) {
			return false
		}
	}
	for i := range n.items() {
		it := &n.seq.items[i]
		below := append(path[:len(path):len(path)], it.name())
		for _, p := range it.places {
			if !yield(Entry{Path: below, Kind: KindList, Dot: p.Dot, Time: p.Time, At: p.At}) {
				return false
			}
		}
		if !it.node.yieldEntries(below, yield) {
			return false
		}
	}
	return true
}

// Origins yields where each element of a list was inserted, by its token in the path of an
// Entry. It is there when all places of a moved element were removed by somebody who had not
// seen what keeps it alive.
func (d *Document) Origins() iter.Seq2[string, position.Position] {
	return func(yield func(string, position.Position) bool) {
		if d != nil {
			d.root.yieldOrigins(yield)
		}
	}
}

func (n *node) yieldOrigins(yield func(string, position.Position) bool) bool {
	for i := range n.fields {
		if !n.fields[i].node.yieldOrigins(yield) {
			return false
		}
	}
	for i := range n.items() {
		it := &n.seq.items[i]
		if !yield(it.name(), it.origin) || !it.node.yieldOrigins(yield) {
			return false
		}
	}
	return true
}

// name is the element's token in the path of an Entry.
func (it *item) name() string {
	id := it.origin.ID()
	return "$" + ReplicaID(id.Replica).Hex() + ":" + strconv.FormatUint(id.Counter, 10)
}
