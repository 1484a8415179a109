package node

import (
	"context"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

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

// write commits one mutation that rests on reads.
func (c *Collection) write(ctx context.Context, size int, m *mutation, reads ...read) (Written, error) {
	if err := c.checkKey(ctx, m.key); err != nil {
		return Written{}, err
	}
	t := &transaction{collection: c.name, mutations: []*mutation{m}, reads: reads}
	m.unsure = m.edit != nil || m.options.Base.Defined()
	err := c.node.commit(ctx, size, t)
	if errors.Is(err, errAbsent) {
		if err := c.node.lost(c.name, storage.Record{Key: m.key}); err != nil {
			return Written{}, c.node.storeError(err)
		}
		m.unsure = false
		err = c.node.commit(ctx, size, t)
	}
	if err != nil && !errors.Is(err, ErrAcks) {
		c.node.saw("", err)
		return Written{}, err
	}
	return m.written, err
}

// edit turns a document, which may be absent, into another one; it reports
// whether anything changed.
type edit = func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error)

// patchEdit applies an RFC 7396 merge patch.
func patchEdit(patch []byte) (edit, error) {
	p, err := crdt.ParseJSON(patch)
	if err != nil {
		return nil, err
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.MergePatch(w, p) }, nil
}

// jsonPatchEdit applies an RFC 6902 patch.
func jsonPatchEdit(patch []byte) (edit, error) {
	p, err := crdt.ParseJSONPatch(patch)
	if err != nil {
		return nil, err
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.JSONPatch(w, p) }, nil
}

// opsEdit applies typed operations.
func opsEdit(ops []crdt.Op) edit {
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Apply(w, ops) }
}

// deleteEdit removes the document; removing nothing changes nothing.
func deleteEdit(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Delete(w) }
