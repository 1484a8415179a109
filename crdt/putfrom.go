package crdt

import (
	"github.com/crdtstore/crdtstore/crdt/text"
)

// PutFrom carries over what p changes in base, an earlier version of d that the
// writer has read (one that d has never been is no base): it is the edit Put(w, p) of base, merged with what d has
// become meanwhile by the rule that serves all merges (Law A). So fields,
// elements and stretches of text that others changed stay as they are; a
// register that both changed keeps both values and is a conflict; something
// that others edited and p removes survives as far as it was edited. Put(w, p)
// is PutFrom(w, d, p). What it returns and when it fails is as for Put, and as
// for Merge.
func (d *Document) PutFrom(w *Writer, base *Document, p Plain) (*Document, bool, error) {
	d, base = d.orEmpty(), base.orEmpty()
	if string(d.raw) == string(base.raw) {
		return d.Put(w, p)
	}
	return d.run(w, func(e *edit, root *node) (node, error) {
		first := w.Next
		e.known = lookupDots(d.root.dots())
		edited, err := e.putPlain(&base.root, p)
		if err != nil || w.Next == first {
			return *root, err
		}
		e.finish(&edited)
		return root.merge(&edited, func(dot Dot) bool { return dot.Replica != w.Replica || dot.Counter < first }, lookupDots(base.root.dots()))
	})
}

// dots are those of everything alive in the tree.
func (n *node) dots() (dots []Dot) {
	n.walk(func(d Dot, _ Timestamp) bool {
		dots = append(dots, d)
		return true
	})
	return dots
}

// merge joins two trees, whose sides have seen what these say.
func (n *node) merge(o *node, seen, otherSeen func(Dot) bool) (node, error) {
	j := join{left: lens{seen: seen}, right: lens{seen: otherSeen}, work: text.MaxWork}
	root, _ := j.node(n, o)
	return root, j.err
}
