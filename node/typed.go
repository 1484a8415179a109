package node

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node/shape"
)

// Typed is a collection whose documents are values of the Go type T. Struct
// fields have their names in JSON, and a tag says how concurrent changes of a
// field merge: `crdt:"counter"`, `set`, `text`, `list` (what a slice is without
// a tag) or `lww` (one register, whatever is in it). Package shape has all the
// rules. What T has no name for is not touched.
type Typed[T any] struct {
	c     *Collection
	shape *shape.Shape
	err   error // of the shape
}

// Item is one document of a Typed collection.
type Item[T any] struct {
	Key   string
	Value T
}

// Of shows the documents of a collection as values of T. Every method fails
// with ErrType if T has a field that no document can hold, or a tag that does
// not fit.
func Of[T any](c *Collection) Typed[T] {
	s, err := shape.Of(reflect.TypeFor[T]())
	return Typed[T]{c, s, err}
}

// Get reads a document; ErrNotFound when there is none, crdt.ErrKind when it
// has something that T cannot hold.
func (t Typed[T]) Get(ctx context.Context, key string) (T, error) {
	var v T
	if t.err != nil {
		return v, t.err
	}
	d, err := t.c.Get(ctx, key)
	if err != nil {
		return v, err
	}
	return t.value(d)
}

// value is a document as a T.
func (t Typed[T]) value(d *Document) (v T, err error) {
	if err = t.shape.Decode(d.Typed(), reflect.ValueOf(&v).Elem()); err != nil {
		var zero T
		return zero, fmt.Errorf("%s/%s: %w", d.collection, d.key, err)
	}
	return v, nil
}

// Put makes the document what v says, by writing the difference, as
// Collection.Put does. With a Base in o that is what v changes of that version.
func (t Typed[T]) Put(ctx context.Context, key string, v T, o PutOptions) (Written, error) {
	if t.err != nil {
		return Written{}, t.err
	}
	now, err := t.tree(key, &v)
	if err != nil {
		return Written{}, err
	}
	if now.IsZero() {
		return Written{}, fmt.Errorf("%s/%s: %w", t.c.name, key, crdt.ErrNoValue)
	}
	for {
		seen, err := t.c.find(ctx, key)
		if err != nil {
			return Written{}, err
		}
		from := seen
		if o.Base.Defined() {
			if from, err = t.c.version(seen, key, o.Base); err != nil {
				return Written{}, err
			}
		}
		var was shape.Tree // nothing, if what is there is no T
		if from != nil {
			if before, err := t.value(from); err == nil {
				if was, err = t.tree(key, &before); err != nil {
					return Written{}, err
				}
			}
		}
		written, err := t.write(ctx, key, from, seen, was, now, o)
		if !errors.Is(err, errStale) {
			return written, err
		}
	}
}

// Modify reads the document, lets fn change it, and writes what fn has changed:
// a counter by the difference, elements of a set and a list by adding and
// removing, a text by letters, and fields and elements that are as they were
// not at all, so that nothing is lost of what peers write meanwhile. If
// somebody changed the document here in between, fn is run again on what it is
// now; so fn must have no effect but on its argument. A document that does not
// exist begins as the zero T, and is written if fn changes that. An error of fn
// is returned as it is, and nothing is written.
func (t Typed[T]) Modify(ctx context.Context, key string, fn func(*T) error) (Written, error) {
	if t.err != nil {
		return Written{}, t.err
	}
	for {
		seen, err := t.c.find(ctx, key)
		if err != nil {
			return Written{}, err
		}
		var v T
		if seen != nil {
			if v, err = t.value(seen); err != nil {
				return Written{}, err
			}
		}
		was, err := t.tree(key, &v)
		if err != nil {
			return Written{}, err
		}
		if err := fn(&v); err != nil {
			return Written{}, err
		}
		now, err := t.tree(key, &v)
		if err != nil {
			return Written{}, err
		}
		if now.Equal(was) {
			return Written{Document: seen}, nil
		}
		if now.IsZero() {
			return Written{}, fmt.Errorf("%s/%s: %w", t.c.name, key, crdt.ErrNoValue)
		}
		written, err := t.write(ctx, key, seen, seen, was, now, PutOptions{})
		if !errors.Is(err, errStale) {
			return written, err
		}
	}
}

// All lists documents in the order of their keys, as of one moment. A document
// that is no T is yielded with its key and the error, and the list goes on; any
// other failure has no key, and is the last thing yielded.
func (t Typed[T]) All(ctx context.Context, o ListOptions) iter.Seq2[Item[T], error] {
	return func(yield func(Item[T], error) bool) {
		if t.err != nil {
			yield(Item[T]{}, t.err)
			return
		}
		for d, err := range t.c.All(ctx, o) {
			var item Item[T]
			if err == nil {
				item.Key = d.key
				item.Value, err = t.value(d)
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// tree is what a value says.
func (t Typed[T]) tree(key string, v *T) (shape.Tree, error) {
	tree, err := t.shape.Encode(reflect.ValueOf(v).Elem())
	if err != nil {
		err = fmt.Errorf("%s/%s: %w", t.c.name, key, err)
	}
	return tree, err
}

// write puts what now changes of was, which is how from reads, if the document
// is still the one that was seen. Both may be nil.
func (t Typed[T]) write(ctx context.Context, key string, from, seen *Document, was, now shape.Tree, o PutOptions) (Written, error) {
	var typed []byte
	if from != nil {
		typed = from.Typed()
	}
	body, err := t.shape.Overlay(typed, was, now)
	if err != nil {
		return Written{}, fmt.Errorf("%s/%s: %w", t.c.name, key, err)
	}
	p, err := crdt.ParseJSON(body)
	if err != nil {
		return Written{}, fmt.Errorf("%s/%s: %w", t.c.name, key, err)
	}
	rest := read{collection: t.c.name, key: key}
	if seen != nil {
		rest.canonical = seen.canonical
	}
	return t.c.write(ctx, len(body), &mutation{key: key, options: o, put: p}, rest)
}
