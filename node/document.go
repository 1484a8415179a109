package node

import (
	"errors"
	"fmt"
	"sync"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// Document is one document as it was read: a value that never changes and
// may be kept and shared between goroutines.
type Document struct {
	collection, key string
	canonical       []byte
	conflicted      bool
	recent          *recent // nil for what no client can name as its base

	naming   sync.Once
	version  cid.Cid
	printing sync.Once
	plain    []byte
	decoding sync.Once
	decoded  *crdt.Document
}

// newDocument wraps a record that exists; its body must not change any more.
// Plain JSON is made here, so that a record nobody can show is an error of
// the read.
func newDocument(collection string, r storage.Record) (*Document, error) {
	plain, err := crdt.AppendPlainJSON(make([]byte, 0, len(r.Body)), r.Body) // which is about as long
	if err != nil {
		return nil, &storage.DamagedError{Collection: collection, Key: r.Key, What: err.Error()}
	}
	return &Document{collection: collection, key: r.Key, canonical: r.Body, conflicted: r.Conflicted, plain: plain}, nil
}

// writtenDocument wraps the outcome of a write; nil when that is no document.
func writtenDocument(collection, key string, tree *crdt.Document) *Document {
	if tree.IsEmpty() {
		return nil
	}
	return &Document{
		collection: collection, key: key, canonical: tree.Canonical(), conflicted: tree.HasConflicts(), decoded: tree,
	}
}

// tree is the document decoded. It was checked before it was stored, and its
// checksum held when it was read, so it does decode.
func (d *Document) tree() *crdt.Document {
	d.decoding.Do(func() {
		if d.decoded != nil {
			return
		}
		var err error
		if d.recent != nil {
			d.decoded, err = d.recent.decode(d.collection, d.key, d.canonical)
		} else {
			d.decoded, err = crdt.Decode(d.canonical)
		}
		if err != nil {
			panic(fmt.Sprintf("node: %s/%s: a stored document does not decode: %v", d.collection, d.key, err))
		}
	})
	return d.decoded
}

// Collection is the collection that the document was read from.
func (d *Document) Collection() string { return d.collection }

// Key is the document's key.
func (d *Document) Key() string { return d.key }

// Version is the CID of the document's canonical bytes: equal on every peer
// that holds the same content. Whoever asks for it, of a document that was read
// or written by itself and not in a list, may name it in PutOptions.Base for as
// long as the node remembers it.
func (d *Document) Version() cid.Cid {
	d.naming.Do(func() {
		d.version = crdt.VersionOf(d.canonical)
		if digest, ok := digestOf(d.version); ok && d.recent != nil {
			d.recent.bases.put(version{d.collection, d.key, digest}, d.canonical)
		}
	})
	return d.version
}

// remembered lets the document's version be a base, once it is asked for.
func (d *Document) remembered(r *recent) *Document {
	if d != nil {
		d.recent = r
	}
	return d
}

// Canonical is the document's canonical bytes, deterministic CBOR. They must
// not be modified.
func (d *Document) Canonical() []byte { return d.canonical }

// JSON is the document as plain JSON: winners only, counters as numbers, sets
// as sorted arrays. The bytes must not be modified.
func (d *Document) JSON() []byte {
	d.printing.Do(func() {
		if d.plain == nil {
			d.plain = d.tree().AppendJSON(nil, crdt.FormatPlain)
		}
	})
	return d.plain
}

// Typed is the document as JSON with $-tags ({"$counter": 3}), which written
// back keeps every type. The bytes are the caller's.
func (d *Document) Typed() []byte { return d.tree().AppendJSON(nil, crdt.FormatTyped) }

// At is the value at a JSON Pointer (RFC 6901) as JSON, with $-tags if typed;
// ErrNotFound when there is nothing, crdt.ErrPointer when it is no pointer.
func (d *Document) At(pointer string, typed bool) ([]byte, error) {
	path, err := crdt.ParsePointer(pointer)
	if err != nil {
		return nil, err
	}
	format := crdt.FormatPlain
	if typed {
		format = crdt.FormatTyped
	}
	b, err := d.tree().At(path, format)
	if errors.Is(err, crdt.ErrNoValue) {
		err = fmt.Errorf("%s/%s: at %s: %w", d.collection, d.key, path, ErrNotFound)
	}
	return b, err
}

// Conflicts lists what concurrent edits left beside the shown values, in the
// order of their paths.
func (d *Document) Conflicts() []crdt.Conflict { return d.tree().Conflicts() }

// HasConflicts reports whether Conflicts would list anything, at no cost.
func (d *Document) HasConflicts() bool { return d.conflicted }
