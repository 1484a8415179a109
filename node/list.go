package node

import (
	"context"
	"iter"
	"strings"

	"github.com/crdtstore/crdtstore/storage"
)

// ListOptions select a page of a collection.
type ListOptions struct {
	Prefix string // only keys that begin with it
	After  string // only keys greater than it
	Limit  int    // at most so many; 0 is all
}

// All lists documents in the order of their keys, as of one moment. Breaking
// off frees everything. A failure is the last thing yielded.
func (c *Collection) All(ctx context.Context, o ListOptions) iter.Seq2[*Document, error] {
	return func(yield func(*Document, error) bool) {
		v, err := c.view(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer v.Close()
		c.list(ctx, v, o, yield)
	}
}

// list yields the documents of a view.
func (c *Collection) list(ctx context.Context, v *storage.View, o ListOptions, yield func(*Document, error) bool) {
	n, s := 0, c.node.scope.Load()
	if !s.hasSome(c.name, o.Prefix) {
		yield(nil, s.outOfScope(c.name+"/"+o.Prefix))
		return
	}
	for rec, err := range v.ListIntact(o.Prefix, o.After) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(nil, c.node.storeError(err))
			return
		}
		if !s.has(c.name, rec.Key) {
			continue // it is being deleted
		}
		d, err := newDocument(c.name, rec)
		if !yield(d, c.node.storeError(err)) || err != nil {
			return
		}
		if n++; n == o.Limit {
			return
		}
	}
}

// view is a snapshot of the collection; it must be closed.
func (c *Collection) view(ctx context.Context) (*storage.View, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	v, err := c.node.docs.View(c.name)
	return v, c.node.storeError(err)
}

// stable is view of what a stop of the machine cannot take back, so that a
// token never counts a change that is lost and whose dot is used again. A
// relaxed node does not use dots again, and need not wait.
func (c *Collection) stable(ctx context.Context) (*storage.View, error) {
	if c.node.options.Durability == Relaxed {
		return c.view(ctx)
	}
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	v, err := c.node.disk.durable(c.name)
	return v, c.node.storeError(err)
}

// keep makes a record independent of the view that it was read from.
func keep(r storage.Record) storage.Record {
	r.Key = strings.Clone(r.Key)
	r.Body = append([]byte(nil), r.Body...)
	return r
}
