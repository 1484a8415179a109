package node

import (
	"context"
	"iter"
)

// Typed is a collection whose documents are values of the Go type T.
type Typed[T any] struct {
	c *Collection
}

// Item is one document of a Typed collection.
type Item[T any] struct {
	Key   string
	Value T
}

// Of shows the documents of a collection as values of T.
func Of[T any](c *Collection) Typed[T] { return Typed[T]{c} }

// Get reads a document; ErrNotFound when there is none.
func (t Typed[T]) Get(ctx context.Context, key string) (T, error) { panic("not yet") }

// Put makes the document what v says.
func (t Typed[T]) Put(ctx context.Context, key string, v T, o PutOptions) (Written, error) {
	panic("not yet")
}

// Modify reads the document, lets fn change it, and writes what fn has changed.
func (t Typed[T]) Modify(ctx context.Context, key string, fn func(*T) error) (Written, error) {
	panic("not yet")
}

// All lists documents in the order of their keys.
func (t Typed[T]) All(ctx context.Context, o ListOptions) iter.Seq2[Item[T], error] {
	panic("not yet")
}
