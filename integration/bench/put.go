package main

import (
	"context"
	"fmt"

	"github.com/crdtstore/crdtstore/node"
)

// collection holds the documents of every measurement.
const collection = "bench"

// open opens a node without network.
func open(dir string, d node.Durability) (*node.Node, error) {
	return node.Open(context.Background(), node.Options{Dir: dir, Durability: d})
}

// ourPut puts n documents, one call each.
func ourPut(d node.Durability, writers, n int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, d)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		c := nd.Collection(collection)
		return spread(writers, n, func(i int) error {
			_, err := c.Put(context.Background(), key(i), body(i), node.PutOptions{})
			return err
		})
	}
}

// ourBatch puts n documents in transactions of size each.
func ourBatch(n, size int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		batches, err := spread(1, n/size, func(i int) error {
			return nd.Update(context.Background(), func(tx *node.Tx) error {
				for j := i * size; j < (i+1)*size; j++ {
					if err := tx.Put(collection, key(j), body(j), node.PutOptions{}); err != nil {
						return err
					}
				}
				return nil
			})
		})
		return batches * float64(size), err
	}
}

// load puts n documents through PutAll.
func load(ctx context.Context, nd *node.Node, from, n int) error {
	const chunk = 2000
	c := nd.Collection(collection)
	for i := from; i < from+n; i += chunk {
		items := make([]node.PutItem, 0, chunk)
		for j := i; j < min(i+chunk, from+n); j++ {
			items = append(items, node.PutItem{Key: key(j), JSON: body(j)})
		}
		results, err := c.PutAll(ctx, items)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Err != nil {
				return r.Err
			}
		}
	}
	return nil
}

func (b *bench) putRelaxed() error {
	n := b.docs / 4
	for _, writers := range []int{1, 16, 64} {
		t := atLeast(0.25)
		if writers == 64 {
			t = target{}
		}
		if err := b.ratio(fmt.Sprintf("put, relaxed, %d writers", writers), t, plainPut(false, writers, n), ourPut(node.Relaxed, writers, n)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) putDurable() error {
	for _, c := range []struct {
		writers, n int
		target     target
	}{{1, b.docs / 50, atLeast(0.6)}, {16, b.docs / 10, atLeast(3)}, {64, b.docs / 5, atLeast(3)}} {
		if err := b.ratio(fmt.Sprintf("put, durable, %d writers", c.writers), c.target,
			plainPut(true, c.writers, c.n), ourPut(node.Fsync, c.writers, c.n)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) batch() error {
	n := b.docs / 2
	return b.ratio("batches of 100, durable", atLeast(0.4), plainBatch(n, 100), ourBatch(n, 100))
}
