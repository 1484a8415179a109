package storage_test

import (
	"iter"

	"github.com/crdtstore/crdtstore/storage"
)

// counted is a store that counts what is written, and read by Get and Scan.
type counted struct {
	storage.Store
	writtenBytes, readBytes, reads int
}

func (c *counted) Update(fn func(storage.Tx) error) error {
	return c.Store.Update(func(tx storage.Tx) error { return fn(countedTx{tx, c}) })
}

func (c *counted) View(fn func(storage.Reader) error) error {
	return c.Store.View(func(r storage.Reader) error { return fn(countedReader{r, c}) })
}

type countedTx struct {
	storage.Tx
	c *counted
}

func (t countedTx) Set(key, value []byte) error {
	t.c.writtenBytes += len(key) + len(value)
	return t.Tx.Set(key, value)
}

func (t countedTx) Delete(key []byte) error {
	t.c.writtenBytes += len(key)
	return t.Tx.Delete(key)
}

type countedReader struct {
	storage.Reader
	c *counted
}

func (r countedReader) Get(key []byte) ([]byte, error) {
	value, err := r.Reader.Get(key)
	r.c.reads++
	r.c.readBytes += len(key) + len(value)
	return value, err
}

func (r countedReader) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		for item, err := range r.Reader.Scan(o) {
			r.c.reads++
			r.c.readBytes += len(item.Key) + len(item.Value)
			if !yield(item, err) {
				return
			}
		}
	}
}
