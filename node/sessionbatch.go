package node

import (
	"context"

	"github.com/crdtstore/crdtstore/crdt"
)

// WriteAll is Write for many documents of one collection: it waits until this
// node has all that the session knows of the collection, as far as it is in the
// scope, lets fn write, and remembers what was written. fn has a context of its
// own.
func (s *ClientSession) WriteAll(ctx context.Context, collection string, fn func(*Collection) ([]Written, error)) ([]Written, error) {
	c := s.node.Collection(collection)
	if err := c.check(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	v, err := s.await(ctx, collection, "", "")
	if err != nil {
		return nil, err
	}
	before := v.Knowledge()
	if err := v.Close(); err != nil {
		return nil, s.node.storeError(err)
	}
	if err := s.makeRoom(ctx, collection); err != nil {
		return nil, err
	}
	all, err := fn(c)
	one := Written{collection: collection} // as if it was one write
	for _, w := range all {
		one.heads, one.Changed = append(one.heads, w.heads...), one.Changed || w.Changed
	}
	if len(one.heads) == 0 {
		return all, err
	}
	if e := s.wrote(ctx, one, before); err == nil {
		err = e
	}
	return all, err
}

// AckedAll is Acked for several writes: it counts the peers that have all.
func (n *Node) AckedAll(ctx context.Context, all []Written, k int) (int, error) {
	return n.acked(ctx, all, k)
}

// Last is a document as it is now, removed or not, as if a write had just left
// it so: what AckedAll takes after Update.
func (c *Collection) Last(ctx context.Context, key string) (Written, error) {
	if err := c.checkKey(ctx, key); err != nil {
		return Written{}, err
	}
	rec, err := c.node.docs.Get(c.name, key)
	if err != nil {
		return Written{}, c.node.storeError(err)
	}
	w := Written{Changed: true, collection: c.name, key: key, heads: append([]crdt.Dot(nil), rec.Heads...)}
	if rec.Exists() {
		d, err := newDocument(c.name, keep(rec))
		if err != nil {
			return Written{}, err
		}
		w.Document = d.remembered(c.node.recent)
	}
	return w, nil
}
