package crdt

import (
	"slices"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// sequence is what a node has if there are elements of a list, or a text: the
// elements, in canonical order, and the text. It is never modified once it is
// in a document, and there is none without content.
type sequence struct {
	items []item
	text  *prose // nil unless there is a text
}

// item is one element of a list. Its origin, the position at which it was
// inserted, names it for ever, as a name does a field; its value may be
// anything that lives at a path.
type item struct {
	origin position.Position
	places []place // sorted by dot; none: removed while the value was edited
	node   node
}

// place is one value of an element's position register: where the element
// was put, or moved to. Dot is At.ID(), so a place is unique as its dot is;
// the place with the dot of the origin is at the origin.
type place struct {
	Dot  Dot
	Time Timestamp
	At   position.Position
}

// sequenceOf is the sequence with this content, nil if there is none.
func sequenceOf(items []item, text *prose) *sequence {
	if len(items) == 0 && text == nil {
		return nil
	}
	return &sequence{items, text}
}

// items are the elements of the list at n, ghosts too.
func (n *node) items() []item {
	if n.seq == nil {
		return nil
	}
	return n.seq.items
}

// text is the text at n, or nil.
func (n *node) text() *prose {
	if n.seq == nil {
		return nil
	}
	return n.seq.text
}

// withItems returns a copy of n with other elements, which must be in
// canonical order, see sortItems.
func (n *node) withItems(items []item) node {
	out := *n
	out.seq = sequenceOf(items, n.text())
	if len(n.entries) > 1 { // an element's time may have changed which kind is shown
		out.entries = slices.Clone(n.entries)
	}
	return out.normal()
}

// withText returns a copy of n with another text and the entries of it.
func (n *node) withText(entries []entry, text *prose) node {
	out := *n
	out.seq = sequenceOf(n.items(), text)
	return out.withKind(KindText, entries)
}

// element returns the index of the i-th element that is shown.
func (n *node) element(i int) (at int, ok bool) {
	items := n.items()
	for at = range items {
		if items[at].node.ghost() {
			continue
		}
		if i == 0 {
			return at, true
		}
		i--
	}
	return len(items), false
}

// indexOf is the index at which the element at is shown, as a token of a path.
func indexOf(items []item, at int) string {
	index := 0
	for i := range at {
		if !items[i].node.ghost() {
			index++
		}
	}
	return strconv.Itoa(index)
}

// at is where the element is: the place that is later than all others, or,
// if it has none, its origin.
func (it *item) at() position.Position {
	if len(it.places) == 0 {
		return it.origin
	}
	last := &it.places[0]
	for i := range it.places {
		if p := &it.places[i]; p.later(last) {
			last = p
		}
	}
	return last.At
}

// later orders places as entries are: by (time, replica, counter).
func (p *place) later(o *place) bool {
	if p.Time != o.Time {
		return p.Time > o.Time
	}
	return p.Dot.Compare(o.Dot) > 0
}
