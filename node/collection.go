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
		return nil, notFound(c.name, key)
	}
	d, err := newDocument(c.name, rec)
	return d.remembered(c.node.recent), err
}

// find is Get, but nil when there is no document.
func (c *Collection) find(ctx context.Context, key string) (*Document, error) {
	d, err := c.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return d, err
}

// Put makes the document what body says, by writing the difference: what is
// equal is not touched, a number over a counter is an increment, an array over
// a set adds and removes. With a Base in o the difference is taken against that
// version: it is what the writer has changed of what he saw, and nothing that
// others have written since is undone. body is JSON, with $-tags where wanted.
func (c *Collection) Put(ctx context.Context, key string, body []byte, o PutOptions) (Written, error) {
	p, err := crdt.ParseJSON(body)
	if err != nil {
		return Written{}, err
	}
	return c.write(ctx, len(body), &mutation{key: key, options: o, put: p})
}

// MergePatch applies an RFC 7396 merge patch, whose values may have $-tags; a
// document that does not exist begins as {}.
func (c *Collection) MergePatch(ctx context.Context, key string, patch []byte, o PutOptions) (Written, error) {
	edit, err := patchEdit(patch)
	if err != nil {
		return Written{}, err
	}
	return c.write(ctx, len(patch), &mutation{key: key, options: o, edit: edit})
}

// JSONPatch applies an RFC 6902 patch, all or nothing, whose values may have
// $-tags. Its paths and tests are about the document as it is here and now;
// a document that does not exist has nothing at any path, so only an add at ""
// makes one.
func (c *Collection) JSONPatch(ctx context.Context, key string, patch []byte, o PutOptions) (Written, error) {
	edit, err := jsonPatchEdit(patch)
	if err != nil {
		return Written{}, err
	}
	return c.write(ctx, len(patch), &mutation{key: key, options: o, edit: edit})
}

// Apply applies typed operations, all or nothing; a document that does not
// exist begins as {}.
func (c *Collection) Apply(ctx context.Context, key string, ops []crdt.Op, o PutOptions) (Written, error) {
	return c.write(ctx, 64*len(ops), &mutation{key: key, options: o, edit: opsEdit(ops)})
}

// Delete removes the document; ErrNotFound when there is none. What somebody
// adds concurrently survives.
func (c *Collection) Delete(ctx context.Context, key string, o PutOptions) (Written, error) {
	missing := false
	m := &mutation{key: key, options: o}
	m.edit = func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
		missing = d.IsEmpty()
		return d.Delete(w)
	}
	written, err := c.write(ctx, 0, m)
	if err == nil && missing {
		err = notFound(c.name, key)
	}
	return written, err
}

// Resolve ends a conflict. It fails with ErrUnseen if a candidate is live that
// the resolution does not name, and writes nothing then.
func (c *Collection) Resolve(ctx context.Context, key string, r crdt.Resolution) (Written, error) {
	m := &mutation{key: key}
	m.edit = func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
		if d.IsEmpty() {
			return d, false, ErrNotFound
		}
		return d.Resolve(w, r)
	}
	return c.write(ctx, 64, m)
}

// Edit reads the document, lets fn say what it should be, and writes the
// difference between the two if nobody changed the document in between;
// otherwise fn is run again on the new one. fn gets nil when there is no
// document. An error of fn is returned as it is, and nothing is written.
func (c *Collection) Edit(ctx context.Context, key string, fn func(*Document) ([]byte, error)) (Written, error) {
	for {
		d, err := c.find(ctx, key)
		if err != nil {
			return Written{}, err
		}
		body, err := fn(d)
		if err != nil {
			return Written{}, err
		}
		p, err := crdt.ParseJSON(body)
		if err != nil {
			return Written{}, err
		}
		seen := read{collection: c.name, key: key}
		if d != nil {
			seen.canonical = d.canonical
		}
		written, err := c.write(ctx, len(body), &mutation{key: key, put: p}, seen)
		if !errors.Is(err, errStale) {
			return written, err
		}
	}
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

// write commits one mutation that rests on reads.
func (c *Collection) write(ctx context.Context, size int, m *mutation, reads ...read) (Written, error) {
	if err := c.checkKey(ctx, m.key); err != nil {
		return Written{}, err
	}
	t := &transaction{collection: c.name, mutations: []*mutation{m}, reads: reads}
	if err := c.node.commit(ctx, size, t); err != nil {
		return Written{}, err
	}
	return m.written, nil
}

// checkKey is check and refuses a bad key.
func (c *Collection) checkKey(ctx context.Context, key string) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	return crdt.CheckKey(key)
}

// check refuses a bad name, an ended ctx and a closed node before anything is
// done.
func (c *Collection) check(ctx context.Context) error {
	if err := crdt.CheckCollection(c.name); err != nil {
		return err
	}
	if c.node.closed() {
		return ErrClosed
	}
	return ctx.Err()
}

func notFound(collection, key string) error {
	return fmt.Errorf("%s/%s: %w", collection, key, ErrNotFound)
}
