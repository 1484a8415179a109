package crdt

import "github.com/crdtstore/crdtstore/crdt/position"

// sequence is what a node has if there is a list or a text: the elements of
// the list, in the order shown, and the text. It is never modified once it is
// in a document.
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
// was put, or moved to. Dot is At.ID(), so a place is unique as its dot is.
type place struct {
	Dot  Dot
	Time Timestamp
	At   position.Position
}
