package node

import (
	"context"
	"iter"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// Collection is a named set of documents: the unit of replication. It exists
// from its first write on; a Collection is a handle and costs nothing.
type Collection struct {
	node *Node
	name string
}

// PutOptions are the preconditions of a write; the zero value has none. They
// are checked in the transaction that writes: a local compare-and-set.
type PutOptions struct {
	// IfVersion writes only if the document is at this version.
	IfVersion cid.Cid
	// IfAbsent writes only if there is no such document.
	IfAbsent bool
	// IfPresent writes only if there is such a document.
	IfPresent bool
}

// Written is the outcome of a write.
type Written struct {
	// Document is the document after the write; nil when there is none.
	Document *Document
	// Created: there was no document before.
	Created bool
	// Changed: the write made a difference. What is the same already is not
	// written, and not sent to anybody.
	Changed bool
}

// ListOptions select a page of a collection.
type ListOptions struct {
	Prefix string // only keys that begin with it
	After  string // only keys greater than it
	Limit  int    // at most so many; 0 is all
}

// PutItem is one document of a PutAll.
type PutItem struct {
	Key  string
	JSON []byte // with $-tags where wanted
}

// PutResult is the outcome of one PutItem.
type PutResult struct {
	Written Written
	Err     error
}

// Name is the collection's name.
func (c *Collection) Name() string { return c.name }

// Get reads a document; ErrNotFound when there is none.
func (c *Collection) Get(ctx context.Context, key string) (*Document, error) { panic("soon") }

// Put makes the document what body says, by writing the difference: what is
// equal is not touched, a number over a counter is an increment, an array over
// a set adds and removes. body is JSON, with $-tags where wanted.
func (c *Collection) Put(ctx context.Context, key string, body []byte, o PutOptions) (Written, error) {
	panic("soon")
}

// PutAll puts many documents, each on its own: one that fails does not keep
// the others from being written. results[i] belongs to items[i]. It is for
// imports: items share transactions and syncs. The error is for what stopped
// all: a closed node, a failed store, the context.
func (c *Collection) PutAll(ctx context.Context, items []PutItem) (results []PutResult, err error) {
	panic("soon")
}

// Edit reads the document, lets fn say what it should be, and writes the
// difference between the two if nobody changed the document in between;
// otherwise fn is run again on the new one. fn gets nil when there is no
// document. An error of fn is returned as it is, and nothing is written.
func (c *Collection) Edit(ctx context.Context, key string, fn func(*Document) ([]byte, error)) (Written, error) {
	panic("soon")
}

// MergePatch applies an RFC 7396 merge patch, whose values may have $-tags; a
// document that does not exist begins as {}.
func (c *Collection) MergePatch(ctx context.Context, key string, patch []byte, o PutOptions) (Written, error) {
	panic("soon")
}

// Apply applies typed operations, all or nothing; a document that does not
// exist begins as {}.
func (c *Collection) Apply(ctx context.Context, key string, ops []crdt.Op, o PutOptions) (Written, error) {
	panic("soon")
}

// Delete removes the document; ErrNotFound when there is none. What somebody
// adds concurrently survives.
func (c *Collection) Delete(ctx context.Context, key string, o PutOptions) (Written, error) {
	panic("soon")
}

// All lists documents in the order of their keys, as of one moment. Breaking
// off frees everything.
func (c *Collection) All(ctx context.Context, o ListOptions) iter.Seq2[*Document, error] {
	panic("soon")
}

// Conflicts lists the documents of the page that have conflicts.
func (c *Collection) Conflicts(ctx context.Context, o ListOptions) iter.Seq2[*Document, error] {
	panic("soon")
}

// Resolve ends a conflict. It fails with ErrUnseen if a candidate is live that
// the resolution does not name, and writes nothing then.
func (c *Collection) Resolve(ctx context.Context, key string, r crdt.Resolution) (Written, error) {
	panic("soon")
}

// Watch is Node.Changes of this collection alone.
func (c *Collection) Watch(ctx context.Context, since Token, o WatchOptions) iter.Seq2[Change, error] {
	o.Collection = c.name
	return c.node.Changes(ctx, since, o)
}

// Count is the number of documents in the collection.
func (c *Collection) Count(ctx context.Context) (int, error) { panic("soon") }

// Root is the CID over the whole content of the collection: equal roots are
// equal data. It hashes what changed since it was last asked for.
func (c *Collection) Root(ctx context.Context) (cid.Cid, error) { panic("soon") }
