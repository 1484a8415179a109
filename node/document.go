package node

import (
	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// Document is one document as it was read: a value that never changes and
// may be kept and shared.
type Document struct {
	collection, key string
	canonical       []byte
	conflicted      bool
}

// Collection is the collection that the document was read from.
func (d *Document) Collection() string { return d.collection }

// Key is the document's key.
func (d *Document) Key() string { return d.key }

// Version is the CID of the document's canonical bytes: equal on every peer
// that holds the same content.
func (d *Document) Version() cid.Cid { panic("soon") }

// JSON is the document as plain JSON: winners only, counters as numbers, sets
// as sorted arrays. The bytes are the caller's.
func (d *Document) JSON() []byte { panic("soon") }

// Typed is the document as JSON with $-tags ({"$counter": 3}), which written
// back keeps every type.
func (d *Document) Typed() []byte { panic("soon") }

// At is the value at a JSON Pointer (RFC 6901) as JSON, with $-tags if typed;
// ErrNotFound when there is nothing.
func (d *Document) At(pointer string, typed bool) ([]byte, error) { panic("soon") }

// Conflicts lists what concurrent edits left beside the shown values, in the
// order of their paths.
func (d *Document) Conflicts() []crdt.Conflict { panic("soon") }

// HasConflicts reports whether Conflicts would list anything, at no cost.
func (d *Document) HasConflicts() bool { return d.conflicted }
