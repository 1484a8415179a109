package main

import (
	"context"

	"github.com/crdtstore/crdtstore/node"
)

// get reads documents that have just been loaded, one reader, in random order.
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
		return spread(1, n, func(i int) error { return plainGet(db, key(i)) })
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
		return spread(1, n, func(i int) error { return ourGet(c, key(i)) })
	}
	return b.inverse("get and print a document", "× its time", atMost(1.3), plain, ours)
}
