package crdt

import (
	"errors"
	"fmt"
)

// The reasons why an edit is refused; each comes inside a *PathError that names
// the place.
var (
	// ErrKind is returned when an edit does not fit the type of what is there.
	ErrKind = errors.New("wrong type")
	// ErrPosition is returned when a position is negative, or beyond the end
	// of a list or a text.
	ErrPosition = errors.New("position out of range")
	// ErrSurrogate is returned when a position in UTF-16 units lies between
	// the two halves of a code point.
	ErrSurrogate = errors.New("position splits a surrogate pair")
	// ErrTest is returned when a test of a JSON Patch finds another value.
	ErrTest = errors.New("the test of the patch failed")
)

// edit is one edit of one document: it makes changed nodes and takes a dot for
// each entry written and each removal, in canonical order, so that a document
// written at once has one run of counters.
type edit struct {
	w      *Writer
	root   node // as several operations have made it so far
	path   Pointer
	drafts map[*sequence]*draft // of the sequences that were looked at
	stale  []*draft             // those whose elements are to be made anew
	sought int                  // fields and elements that were looked at to find what is shown of several kinds
	owned  map[*field]bool      // the first fields of maps that this edit has copied; nil if it is a single operation
	sets   map[*entry]bool      // the first entries of sets, likewise
	mixed  bool                 // a node with several kinds was on the way
	strict bool                 // nothing at a path is an error
	anew   bool                 // lists and texts that differ are written anew
	made   int                  // elements of lists that were made; beyond MaxElements they no longer are
	copied int                  // bytes that a patch has copied
	moved  int                  // and has moved from one container to another
	known  func(Dot) bool       // for an edit of an earlier version: what is alive now; else nil
}

// several prepares for so many operations.
func (e *edit) several(operations int) {
	if operations > 1 {
		e.owned, e.sets = map[*field]bool{}, map[*entry]bool{}
	}
}

// maxMoved bounds the bytes that a patch moves from one container to another:
// such a move writes everything anew.
const maxMoved = 16 * MaxDocument

// maxSought bounds the fields and elements that several operations look at to
// find what is shown of several kinds: each operation looks at all there are.
const maxSought = 1 << 27

// size is the number of fields and elements in the tree.
func (n *node) size() int {
	size := len(n.fields) + len(n.items())
	for i := range n.fields {
		size += n.fields[i].node.size()
	}
	for i := range n.items() {
		size += n.seq.items[i].node.size()
	}
	return size
}

// bounded refuses to go on beyond that.
func (e *edit) bounded() error {
	if e.sought > maxSought {
		return e.fail(fmt.Errorf("%w: so many operations at once where there are contents of several types", ErrTooLarge))
	}
	return nil
}

func (e *edit) fail(err error) error { return &PathError{e.path.String(), err} }

// run makes a document from d with fn. If fn fails, or the outcome is larger
// than MaxDocument or has more than MaxElements, and is no smaller than d,
// nothing has happened and no dot is taken. An edit that takes no dot changed
// nothing.
func (d *Document) run(w *Writer, fn func(e *edit, root *node) (node, error)) (*Document, bool, error) {
	d = d.orEmpty()
	before := *w
	e := edit{w: w}
	root, err := fn(&e, &d.root)
	if err != nil {
		*w = before
		return d, false, err
	}
	if e.made > MaxElements {
		*w = before
		return d, false, &PathError{"", fmt.Errorf("%w: the edit makes more than %d elements of lists", ErrTooLarge, MaxElements)}
	}
	if w.taken == before.taken {
		return d, false, nil
	}
	e.finish(&root)
	if marks := d.root.kindEntries(KindRepair); len(marks) > 0 {
		if root = root.withKind(KindRepair, marks); root.onlyMarks() {
			root = node{}
		}
	}
	out := newDocument(root, len(d.raw))
	if n := len(out.raw); n > MaxDocument && n >= len(d.raw) {
		*w = before
		return d, false, &PathError{"", fmt.Errorf("%w: the document would have %d bytes, at most %d are allowed", ErrTooLarge, n, MaxDocument)}
	}
	if n := out.elements(); n > MaxElements && n > d.elements() {
		*w = before
		return d, false, &PathError{"", fmt.Errorf("%w: the lists of the document would have %d elements, at most %d are allowed", ErrTooLarge, n, MaxElements)}
	}
	return out, true, nil
}

// shown is the group that plain JSON shows at n, as it is now.
func (e *edit) shown(n *node) (g group, ok bool) {
	if n.isMixed(len(e.items(n))) {
		e.mixed = true
		e.refresh()
		if e.owned != nil { // there are several operations
			e.sought += n.size()
		}
	}
	return n.shown()
}

// isMixed reports whether there is more than one kind at n, the elements of a
// list being so many: only then times decide what is shown.
func (n *node) isMixed(elements int) bool {
	if len(n.entries) == 0 {
		return len(n.fields) > 0 && elements > 0
	}
	first, last := n.entries[0].Kind, n.entries[len(n.entries)-1].Kind // entries of a kind stand together
	return first != last || len(n.fields) > 0 && first != KindMap || elements > 0 && first != KindList
}
