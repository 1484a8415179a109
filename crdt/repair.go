package crdt

import (
	"fmt"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// Repair is the union of two contents of one document of which each side has
// seen all that the other has, and which so ought to be equal (Law I): nobody
// can tell any more what was removed and what was lost, so nothing is. a is what w's
// replica holds, with the vector of its key's range; of b the context does not matter,
// but that of a has to cover it.
//
// Everything keeps its own dots, so two repairs of the same contents make the
// same, and nothing is there twice. What the repair takes one new dot for is a
// mark of what it has looked at: with it Merge tells at any third replica what the
// repair has not seen from what was removed (see Merged.Rescued).
//
// Of registers all values stay, as a conflict if they differ; of sets, maps and
// lists all elements; of a counter what each replica has counted last. Texts
// become one if their events fit. If not, and where one dot stands for two things (copies of a
// store went on counting), which cannot both keep it, the differences of the document are written
// anew, see Revive.
//
// changed is false if the contents are equal: then w has taken no dot. It fails
// with ErrNeedsWhole if one is partial, ErrTooLarge if the union has more than
// MaxMerged bytes or MaxMergedElements, ErrOverflow.
func Repair(w *Writer, a, b State) (d *Document, changed bool, err error) {
	x, y := a.Document.orEmpty(), b.Document.orEmpty()
	if x.partial || y.partial {
		return x, false, &PathError{"", fmt.Errorf("%w: to repair", ErrNeedsWhole)}
	}
	if string(x.raw) == string(y.raw) {
		return x, false, nil
	}
	before := *w
	defer func() {
		if err != nil {
			*w, d, changed = before, x, false
		}
	}()
	root, forged, err := union(&x.root, &y.root)
	if err != nil || len(forged) > 0 {
		revived, _, err := Revive(w, x, y)
		if err != nil {
			return nil, false, err
		}
		root = revived.root
	}
	heads := slices.Concat(a.Heads, b.Heads)
	slices.SortFunc(heads, Dot.Compare)
	d, err = mark{
		heads:  slices.Compact(heads),
		seen:   a.Context,
		united: spansOf(append(x.root.dots(), y.root.dots()...)),
	}.on(w, &root, len(x.raw)+len(y.raw))
	return d, true, err
}

// union is all that is alive on either side, under the dots that it has. It holds only if none is forged, which
// stands for two things, here or there, and fails if texts do not fit.
func union(a, b *node) (root node, forged []Dot, err error) {
	counted := func(Dot) bool { return true }
	j := join{left: lens{seen: counted}, right: lens{seen: counted}, work: text.MaxWork, dispute: &dispute{all: true}}
	root, _ = j.node(a, b)
	if forged = j.forged; j.findMisplaced(a, b) {
		forged = slices.AppendSeq(forged, maps.Keys(j.misplaced))
	}
	return root, forged, j.err
}

// Vouch marks a document with what Merge has rescued, as a write of its own: who
// gets it then takes that for alive though it has counted it. s is the outcome of the
// merge, with the vector of its key's range. It fails with ErrTooLarge as Repair does.
func Vouch(w *Writer, s State, rescued []Dot) (d *Document, err error) {
	before := *w
	x := s.Document.orEmpty()
	if d, err = (mark{heads: s.Heads, seen: s.Context, united: spansOf(rescued)}).on(w, &x.root, len(x.raw)); err != nil {
		*w = before
		return x, err
	}
	return d, nil
}

// on makes a document of root and the mark, which takes a dot.
func (m mark) on(w *Writer, root *node, size int) (*Document, error) {
	d := newDocument(root.withMark(w.entry(KindRepair, m.value())), size)
	if n := len(d.raw); n > MaxMerged {
		return nil, &PathError{"", fmt.Errorf("%w: repaired it would have %d bytes, at most %d are kept", ErrTooLarge, n, MaxMerged)}
	}
	if n := d.elements(); n > MaxMergedElements {
		return nil, &PathError{"", fmt.Errorf("%w: repaired its lists would have %d elements, at most %d are kept", ErrTooLarge, n, MaxMergedElements)}
	}
	return d, nil
}
