package crdt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// ErrNeedsWhole is returned by Merge, and by whatever has to read a text, when
// a document is partial and the events that it builds on are not there: ask
// for the whole document. What is missing comes with it.
var ErrNeedsWhole = errors.New("the whole document is needed")

// State is what one side holds of a document. Context is the version vector of
// the document's key range; it covers Heads and every live entry of Document.
type State struct {
	Document *Document
	Heads    []Dot // the dots of the latest changes, in order of Dot.Compare
	Context  VersionVector
	// Forgotten is the part of Context that need not be in the past of Heads:
	// removals that were forgotten.
	Forgotten VersionVector
}

// Merged is the outcome of Merge. The contexts unite to Context.Merge, which
// is left to the caller, because one context serves many documents.
type Merged struct {
	Document     *Document
	Heads        []Dot     // in order of Dot.Compare
	Changed      bool      // Document differs from that of the first side
	HeadsChanged bool      // Heads differ from those of the first side
	Forged       int       // dots that both sides hold with different bytes; not counted where the first side stays as it is
	MaxTime      Timestamp // the greatest timestamp in the second side's document
	// Rescued is what was in neither of the contents that a repair has united, though
	// whoever repaired, and the side that has it, had counted it: it is alive in
	// Document, and to be vouched for by a write (see Vouch), in the same commit. In order of Dot.Compare.
	Rescued []Dot
}

// Merge is the one join (Law A): commutative, associative, idempotent. Of what
// is alive and of the heads, what is on both sides stays, and what is on one
// side stays unless the other side's context covers it: then it has seen it
// removed. Of one dot with different bytes the greater SHA-256 wins. Neither
// input is modified; the outcome may share memory with both.
//
// Two sides of which each has seen the latest changes of the other hold the same (Law E), but for what
// one of them has forgotten that was removed. If they do not, something was lost, or a copy has written under
// the same dots, and neither can tell the other what was removed: of all else the first stays as it is until it is repaired.
//
// The second side may be partial (see Reduce), which is ErrNeedsWhole if the
// first lacks what it builds on. Texts may refuse each other: with the errors
// of text.Merge, for a forged head or event with text.ErrOverlap, and with
// ErrMalformed if heads and events differ. ErrTooLarge is more elements than
// MaxMergedElements; bytes are for the caller to count. All errors are
// *PathError; then nothing of the outcome is valid.
func Merge(a, b State) (Merged, error) {
	standoff := a.standsOff(b)
	m, err := a.merge(b, standoff)
	if standoff && err == nil && len(m.Heads) == 0 && !m.Document.IsEmpty() { // one side holds an earlier document, whose latest change is no head any more
		return Merged{MaxTime: m.MaxTime, Document: a.Document.orEmpty(), Heads: a.Heads, Forged: m.Forged}, nil
	}
	return m, err
}

// merge is Merge, but that it may leave a document without heads.
func (a State) merge(b State, standoff bool) (Merged, error) {
	m := Merged{MaxTime: b.Document.MaxTime(), Heads: a.Heads}
	m.Heads = MergeHeads(a.Heads, a.Context, b.Heads, a.saidRemoved(b, standoff))
	m.HeadsChanged = !slices.Equal(m.Heads, a.Heads)
	da, db := a.Document.orEmpty(), b.Document.orEmpty()
	switch {
	case da.partial:
		return m, &PathError{"", fmt.Errorf("%w: to merge into", ErrNeedsWhole)}
	case string(da.raw) == string(db.raw):
		m.Document = da
		return m, nil
	}
	j := join{left: lens{vector: a.Context}, right: lens{vector: b.Context}, work: text.MaxWork}
	if j.dispute = disputed(&da.root, &db.root, a.Context, b.Context); j.dispute == nil && standoff {
		var err error
		m.Document, m.Changed, err = a.without(b)
		return m, err
	}
	root, same := j.node(&da.root, &db.root)
	m.Forged = len(j.forged)
	if j.findMisplaced(&da.root, &db.root) {
		m.Forged += len(j.misplaced)
		j.work = text.MaxWork
		root, same = j.node(&da.root, &db.root)
	}
	switch {
	case j.err != nil:
		return m, j.err
	case same.left:
		m.Document = da
	case same.right:
		m.Document, m.Changed = db, true
	default:
		if root.onlyMarks() {
			root = node{}
		}
		m.Document = newDocument(root, len(da.raw)+len(db.raw))
		m.Changed = string(m.Document.raw) != string(da.raw)
	}
	m.Rescued = j.dispute.leftOver(&m.Document.root)
	if n := m.Document.elements(); m.Changed && n > MaxMergedElements {
		return m, &PathError{"", fmt.Errorf("%w: merged its lists would have %d elements, at most %d are kept", ErrTooLarge, n, MaxMergedElements)}
	}
	return m, nil
}

// MergeHeads joins the heads of a document by the rule of live entries.
func MergeHeads(a []Dot, ca VersionVector, b []Dot, cb VersionVector) []Dot {
	heads := make([]Dot, 0, len(a)+len(b))
	inA, inB := lookupDots(a), lookupDots(b)
	for _, d := range a {
		if inB(d) || !cb.Has(d) {
			heads = append(heads, d)
		}
	}
	for _, d := range b {
		if !inA(d) && !ca.Has(d) {
			heads = append(heads, d)
		}
	}
	slices.SortFunc(heads, Dot.Compare)
	return heads
}
