package crdt

import (
	"crypto/sha256"
	"iter"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

// Limits of documents, the same in every profile, because a peer must be able
// to commit what another wrote.
const (
	MaxDocument = 1 << 20         // bytes of a document's canonical encoding, and of JSON text, that an edit may make
	MaxMerged   = 2 * MaxDocument // bytes that a document may have after concurrent edits merged; Decode accepts no more
	MaxDepth    = 64              // nested objects and arrays

	MaxElements       = 1 << 17         // elements that all lists of a document may have after an edit: they take more memory than bytes
	MaxMergedElements = 2 * MaxElements // and after concurrent edits merged; Decode accepts no more
)

// Document is the live content of one document: a tree of entries, each with
// the dot and time that wrote it. It never changes; an edit or a merge returns
// a new one. nil and the zero value are the absent document.
type Document struct {
	root    node
	raw     []byte // canonical bytes; nil when absent
	partial bool   // some texts have only the events that a peer lacks
}

// IsEmpty reports whether the document has no live entry: it was never
// written, or is deleted.
func (d *Document) IsEmpty() bool { return d == nil || len(d.raw) == 0 }

// AppendCanonical appends the document's canonical bytes, a pure function of
// its live entries; the absent document has none.
func (d *Document) AppendCanonical(dst []byte) []byte {
	if d == nil {
		return dst
	}
	return append(dst, d.raw...)
}

// Canonical returns the canonical bytes; they must not be modified.
func (d *Document) Canonical() []byte {
	if d == nil {
		return nil
	}
	return d.raw
}

// Digest is the SHA-256 of canonical bytes: the hash inside the version.
func Digest(canonical []byte) [32]byte { return sha256.Sum256(canonical) }

// VersionOf is the version of the document with these canonical bytes: a CIDv1
// with codec dag-cbor (0x71) and hash sha2-256.
func VersionOf(canonical []byte) cid.Cid {
	sum := Digest(canonical)
	mh, err := multihash.Encode(sum[:], multihash.SHA2_256)
	if err != nil {
		panic("crdt: encode a sha2-256 multihash: " + err.Error()) // cannot happen: code and length are right
	}
	return cid.NewCidV1(cid.DagCBOR, mh)
}

// Dots yields the dots of all that is alive, in canonical order: of entries,
// and of the places of elements of lists. Of a text these are its presence and
// its heads, but not the events before them.
func (d *Document) Dots() iter.Seq[Dot] {
	return func(yield func(Dot) bool) {
		if d != nil {
			d.root.walk(func(dot Dot, _ Timestamp) bool { return yield(dot) })
		}
	}
}

// Stamps yields the dots that Dots yields, each with the time of its change.
func (d *Document) Stamps() iter.Seq2[Dot, Timestamp] {
	return func(yield func(Dot, Timestamp) bool) {
		if d != nil {
			d.root.walk(yield)
		}
	}
}

// MaxTime is the greatest timestamp of what is alive; 0 when nothing is.
func (d *Document) MaxTime() (t Timestamp) {
	if d != nil {
		t = d.root.latest()
	}
	return t
}

func newDocument(root node, size int) *Document {
	return &Document{root: root, raw: appendDocument(make([]byte, 0, max(size+64, 256)), &root)}
}

func (d *Document) orEmpty() *Document {
	if d == nil {
		return &Document{}
	}
	return d
}

// elements is the number of elements of all lists, those removed while they
// were moved included.
func (d *Document) elements() int {
	if d.IsEmpty() || d.raw[0] != majorArray<<5|5 { // there are no orders
		return 0
	}
	return d.root.elements()
}

func (n *node) elements() int {
	count := len(n.items())
	for i := range n.fields {
		count += n.fields[i].node.elements()
	}
	for i := range n.items() {
		count += n.seq.items[i].node.elements()
	}
	return count
}
