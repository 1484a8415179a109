package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// written counts the bytes of keys and values that a store is given, by the
// first byte of the key: its key space.
type written struct {
	storage.Store
	bytes [256]atomic.Int64
}

// Update implements storage.Store. A transaction that is run again counts
// again, as its bytes were written to the log again.
func (w *written) Update(fn func(storage.Tx) error) error {
	return w.Store.Update(func(tx storage.Tx) error { return fn(countedTx{tx, w}) })
}

type countedTx struct {
	storage.Tx
	to *written
}

// Set implements storage.Tx.
func (t countedTx) Set(key, value []byte) error {
	t.to.bytes[key[0]].Add(int64(len(key) + len(value)))
	return t.Tx.Set(key, value)
}

// Delete implements storage.Tx.
func (t countedTx) Delete(key []byte) error {
	t.to.bytes[key[0]].Add(int64(len(key)))
	return t.Tx.Delete(key)
}

// of is what was written to some key spaces.
func (w *written) of(spaces string) (sum int64) {
	for i := range len(spaces) {
		sum += w.bytes[spaces[i]].Load()
	}
	return sum
}

// all is what was written.
func (w *written) all() (sum int64) {
	for i := range w.bytes {
		sum += w.bytes[i].Load()
	}
	return sum
}

// amplification is what a store is given for documents, their parts, the dot
// index and everything else, to the first three alone. The tree is asked for
// ten times while the documents come, each time with a tenth of all leaves'
// documents new.
func (b *bench) amplification() error {
	for _, n := range b.large() {
		if err := b.amplificationAt(n); err != nil {
			return fmt.Errorf("%d documents: %w", n, err)
		}
	}
	return nil
}

func (b *bench) amplificationAt(n int) error {
	const spaces = "dpi" // documents, parts of them, dot index
	ctx := context.Background()
	_, err := b.once(func(dir string) (_ float64, err error) {
		store, err := badger.Open(dir, badger.Options{})
		if err != nil {
			return 0, err
		}
		w := &written{Store: store}
		nd, err := node.Open(ctx, node.Options{Store: w})
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		const parts = 10
		for i := range parts {
			if err := load(ctx, nd, i*n/parts, n/parts); err != nil {
				return 0, err
			}
			if _, err := nd.Root(ctx, collection); err != nil {
				return 0, err
			}
		}
		b.add(fmt.Sprintf("bytes written to documents and dot index, and to all; %d documents", n), float64(w.all())/float64(w.of(spaces)), "×", atMost(1.25),
			fmt.Sprintf("%.0f B a document, the tree %.0f B", float64(w.all())/float64(n), float64(w.of("tu"))/float64(n)), "")
		return 0, nil
	})
	return err
}
