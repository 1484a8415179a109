package main

import (
	"context"

	"github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/node"
)

// get reads documents that are all there, one reader, in random order.
func (b *bench) get() error {
	n := b.docs
	plain := func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		if err := plainLoad(db, n); err != nil {
			return 0, err
		}
		return spread(1, n, func(i int) error {
			return db.View(func(tx *badger.Txn) error {
				item, err := tx.Get([]byte(key(i)))
				if err == nil {
					_, err = item.ValueCopy(nil)
				}
				return err
			})
		})
	}
	ours := func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		if err := load(context.Background(), nd, 0, n); err != nil {
			return 0, err
		}
		c := nd.Collection(collection)
		return spread(1, n, func(i int) error {
			d, err := c.Get(context.Background(), key(i))
			if err == nil {
				d.JSON()
			}
			return err
		})
	}
	return b.inverse("get and print a document", "× its time", atMost(1.3), plain, ours)
}
