package node

import (
	"context"
	"errors"
	"fmt"
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

// Written is the outcome of a write.
type Written struct {
	// Document is the document after the write; nil when there is none.
	Document *Document
	// Created: there was no document before.
	Created bool
	// Changed: the write made a difference. What is the same already is not
	// written, and not sent to anybody.
	Changed bool

	collection, key string
	heads           []crdt.Dot // of the document, removed or not
}

// Name is the collection's name.
func (c *Collection) Name() string { return c.name }

// Get reads a document; ErrNotFound when there is none.
func (c *Collection) Get(ctx context.Context, key string) (*Document, error) {
	if err := c.checkKey(ctx, key); err != nil {
		return nil, err
	}
	rec, err := c.node.docs.Get(c.name, key)
	if err != nil {
		return nil, c.node.storeError(err)
	}
	if !rec.Exists() {
		if err := c.node.lost(c.name, rec); err != nil {
			return nil, c.node.storeError(err)
		}
		return nil, notFound(c.name, key)
	}
	d, err := newDocument(c.name, rec)
	return d.remembered(c.node.recent), c.node.storeError(err)
}

// find is Get, but nil when there is no document.
func (c *Collection) find(ctx context.Context, key string) (*Document, error) {
	d, err := c.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return d, err
}

// Watch is Node.Changes of this collection alone.
func (c *Collection) Watch(ctx context.Context, since Token, o WatchOptions) iter.Seq2[Change, error] {
	o.Collection = c.name
	return c.node.Changes(ctx, since, o)
}

// Count is the number of documents in the collection.
func (c *Collection) Count(ctx context.Context) (int, error) {
	v, err := c.view(ctx)
	if err != nil {
		return 0, err
	}
	defer v.Close()
	return int(v.Count()), nil
}

// Root is the CID over the whole content of the collection: equal roots are
// equal data. It hashes what changed since it was last asked for.
func (c *Collection) Root(ctx context.Context) (cid.Cid, error) {
	if err := c.check(ctx); err != nil {
		return cid.Undef, err
	}
	return c.node.hashing.root(ctx, c.name)
}

// checkKey is check and refuses a bad key, and one out of scope.
func (c *Collection) checkKey(ctx context.Context, key string) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	if err := crdt.CheckKey(key); err != nil {
		return err
	}
	if s := c.node.scope.Load(); !s.has(c.name, key) {
		return s.outOfScope(c.name + "/" + key)
	}
	return nil
}

// check refuses a bad name, an ended ctx, a closed node and a collection that is
// out of scope before anything is done.
func (c *Collection) check(ctx context.Context) error {
	if err := crdt.CheckCollection(c.name); err != nil {
		return err
	}
	if c.node.closed() {
		return ErrClosed
	}
	if s := c.node.scope.Load(); !s.hasSome(c.name, "") {
		return s.outOfScope(c.name)
	}
	return ctx.Err()
}

func notFound(collection, key string) error {
	return fmt.Errorf("%s/%s: %w", collection, key, ErrNotFound)
}
