package storage

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// Frame is a piece of another replica's collection: all documents with keys
// in [From, To) whose latest changes Base does not cover, and the sender's
// version vector for those keys. To "" is the end of the key space.
type Frame struct {
	From, To     string
	Base, Vector crdt.VersionVector
	// Forgotten is the part of Vector that the sender counts as forgotten (see
	// View.Forgotten).
	Forgotten crdt.VersionVector
	// Compared is what this replica knew when its documents were compared with
	// those of the sender: nothing, if they were not. Those that differed are
	// among Documents, whatever Base counts.
	Compared crdt.Knowledge
	// Documents are in ascending order of keys.
	Documents []FrameDocument
	// Heads are signed heads that the receiver may lack to believe Vector
	// (Law J), at most MaxFrameHeads. If there are too many for one frame they go ahead, in
	// frames of nothing else, whose Vector is empty.
	Heads []crdt.SignedHead
}

// Halves splits f, which has two documents or more, before the middle one. Both
// parts are frames of the same sender: one may be merged without the other.
func (f Frame) Halves() (first, second Frame) {
	half := len(f.Documents) / 2
	first, second = f, f
	first.To, first.Documents = f.Documents[half].Key, f.Documents[:half]
	second.From, second.Documents = f.Documents[half].Key, f.Documents[half:]
	return first, second
}

// FrameDocument is one document of a Frame: the dots of its latest changes in
// order, and its canonical bytes, which are empty if it is removed, or what
// View.Delta gives instead. One without either is the word of the sender that it
// has no record of it: all that it has seen of it is forgotten.
type FrameDocument struct {
	Key   string
	Heads []crdt.Dot
	Body  []byte
}

// MaxFrameHeads is how many signed heads one frame may bring: each costs a
// signature to verify, which local writes wait for.
const MaxFrameHeads = 1024

// ErrFrame is returned by Merge for a frame that no correct replica sends: a
// document outside the frame's keys, out of order, or with heads newer than
// the frame's vector, two signed heads of one replica, or more documents that
// must be refused than MaxRefused, or than what is known can be split for. The
// error names what. Nothing is written.
var ErrFrame = errors.New("bad frame")

// ErrUnsigned is returned by Merge when the frame's vector counts further for
// a replica than that replica has signed for (Law J). Nothing is written.
var ErrUnsigned = errors.New("counter not signed by its replica")

// Merged is what a Merge has done.
type Merged struct {
	// Changed lists the keys of the documents whose content is now another.
	Changed []string
	// Wanted lists, in order of keys, the documents of the frame that came
	// reduced and must come whole, because what they build on is not here. If
	// there are any, only signed heads of the frame were written, and the rest of
	// Merged says nothing but Clone and Renewed.
	Wanted []string
	// Refused lists, in order of keys, the documents that were not merged and
	// why. All else of the frame was; what is known of these keys is as before.
	Refused []Refusal
	// Raised reports that the collection's knowledge has grown.
	Raised bool
	// Skipped reports that some keys of the frame were left alone because
	// what is known of them does not cover the frame's base (Law C).
	Skipped bool
	// Forged counts dots that came with other bytes than the ones known:
	// a clone or a forgery. The greater SHA-256 has won (Law A).
	Forged int
	// Rescued lists, in order of keys, what is alive here and a repair elsewhere had
	// not seen (see crdt.Merged), or the sender of the frame has counted without having it:
	// it is to be vouched for in the same commit.
	Rescued []Rescue
	// MaxTime is the latest timestamp among the merged documents.
	MaxTime crdt.Timestamp
	// Renewed reports that the frame showed changes of this store's own
	// replica that it does not remember, or a clone, and that a new
	// incarnation was taken in the same commit (Law F).
	Renewed bool
	// Clone reports that the frame proves another continuation of this
	// store's past: a signed head that does not fit its own transactions.
	Clone bool
	// Twin is the latest time of signed heads of this store's device that are new
	// here, of incarnations that are none of its own; zero if there are none.
	Twin crdt.Timestamp
}

// Rescue is what a merge has rescued of a document.
type Rescue struct {
	Key  string
	Dots []crdt.Dot // in order of Dot.Compare
}

// check refuses what Merge documents as ErrFrame, except for bodies.
func (f Frame) check(coll string) error {
	if f.To != "" && f.From >= f.To {
		return fmt.Errorf("%w: %s: keys from %q to %q", ErrFrame, coll, f.From, f.To)
	}
	if !f.Vector.Covers(f.Forgotten) {
		return fmt.Errorf("%w: %s: forgotten %s is beyond vector %s", ErrFrame, coll, f.Forgotten, f.Vector)
	}
	if n := len(f.Heads); n > MaxFrameHeads {
		return fmt.Errorf("%w: %s: %d signed heads", ErrFrame, coll, n)
	}
	signed := make(map[crdt.ReplicaID]bool, len(f.Heads))
	for _, h := range f.Heads {
		r := h.Replica()
		if signed[r] { // each may cost a signature to verify
			return fmt.Errorf("%w: %s: two signed heads of %s", ErrFrame, coll, r)
		}
		signed[r] = true
	}
	last := ""
	for i, doc := range f.Documents {
		fail := func(what string) error {
			return fmt.Errorf("%w: %s/%s: %s", ErrFrame, coll, doc.Key, what)
		}
		if err := crdt.CheckKey(doc.Key); err != nil {
			return fmt.Errorf("%w: %s: document %d: %w", ErrFrame, coll, i, err)
		}
		switch {
		case doc.Key < f.From || f.To != "" && doc.Key >= f.To:
			return fail(fmt.Sprintf("outside the keys from %q to %q", f.From, f.To))
		case i > 0 && doc.Key <= last:
			return fail("out of order")
		case len(doc.Heads) == 0 && (len(doc.Body) > 0 || f.Forgotten.Equal(crdt.VersionVector{})):
			return fail("no heads")
		}
		for j, h := range doc.Heads {
			if j > 0 && doc.Heads[j-1].Compare(h) >= 0 {
				return fail("heads out of order")
			}
			if h.Counter == 0 || !f.Vector.Has(h) {
				return fail(fmt.Sprintf("head %s is not covered by the frame's vector %s", h, f.Vector))
			}
		}
		last = doc.Key
	}
	return nil
}

// lists reports whether a document with this key is in the frame.
func (f Frame) lists(key string) bool {
	_, ok := slices.BinarySearchFunc(f.Documents, key, func(d FrameDocument, key string) int { return strings.Compare(d.Key, key) })
	return ok
}

// within is the part of r that the frame is about.
func (f Frame) within(r crdt.Range) crdt.Range {
	r.From = max(r.From, f.From)
	if f.To != "" && (r.To == "" || r.To > f.To) {
		r.To = f.To
	}
	return r
}
