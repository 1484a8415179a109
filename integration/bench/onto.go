package main

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/node"
)

// onto measures puts and gets on stores that already hold the most documents
// of this run, both sides opened anew on what is there. Both begin to put at rest: what the
// load has left to be compacted, and what an opening has begun, are no part of what a put costs.
func (b *bench) onto() error {
	sizes := b.large()
	n := sizes[len(sizes)-1]
	plain, err := b.plainFilled(n)
	if err != nil {
		return err
	}
	ours, err := b.filled(n)
	if err != nil {
		return err
	}
	for _, c := range []struct {
		durability node.Durability
		writers    int
		puts       int
		target     target
	}{{node.Relaxed, 1, b.docs / 4, atLeast(0.25)}, {node.Relaxed, 16, b.docs / 4, atLeast(0.25)}, {node.Fsync, 16, b.docs / 10, atLeast(3)}} {
		what := fmt.Sprintf("put, %s, %d writers, where there are %d documents", c.durability, c.writers, n)
		if err := b.ratio(what, c.target, onCopy(plain, plainMore(c.durability == node.Fsync, c.writers, n, c.puts)),
			onCopy(ours, ourMore(c.durability, c.writers, n, c.puts))); err != nil {
			return err
		}
	}
	gets := min(n, 2*b.docs)
	return b.inverse(fmt.Sprintf("get and print a document, of %d", n), "× its time", atMost(1.3), onCopy(plain, plainGets(n, gets)), onCopy(ours, ourGets(n, gets)))
}

// plainFilled is the directory of a plain store of n documents, for copies.
func (b *bench) plainFilled(n int) (string, error) {
	return b.stored(fmt.Sprintf("plain-%d", n), func(dir string) (err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return err
		}
		defer closing(db, &err)
		return plainLoad(db, n)
	})
}

// onCopy lets a side run on a copy of what is in from.
func onCopy(from string, s side) side {
	return func(dir string) (float64, error) {
		if err := copyDir(from, dir); err != nil {
			return 0, err
		}
		return s(dir)
	}
}

// plainMore puts more documents than the n that are there.
func plainMore(durable bool, writers, n, more int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, durable)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		if err := openedAtRest(); err != nil {
			return 0, err
		}
		return spread(writers, more, func(i int) error {
			return db.Update(func(tx *badger.Txn) error { return tx.Set([]byte(key(n+i)), body(n+i)) })
		})
	}
}

// ourMore puts more documents than the n that are there.
func ourMore(d node.Durability, writers, n, more int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, d)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		if err := openedAtRest(); err != nil {
			return 0, err
		}
		c := nd.Collection(collection)
		return spread(writers, more, func(i int) error {
			_, err := c.Put(context.Background(), key(n+i), body(n+i), node.PutOptions{})
			return err
		})
	}
}

// plainGets reads some of n documents, one reader, in random order.
func plainGets(n, gets int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		return spread(1, gets, func(i int) error { return plainGet(db, key(i*(n/gets))) })
	}
}

func plainGet(db *badger.DB, key string) error {
	return db.View(func(tx *badger.Txn) error {
		item, err := tx.Get([]byte(key))
		if err == nil {
			_, err = item.ValueCopy(nil)
		}
		return err
	})
}

// ourGets reads and prints some of n documents, one reader, in random order.
func ourGets(n, gets int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		c := nd.Collection(collection)
		return spread(1, gets, func(i int) error { return ourGet(c, key(i*(n/gets))) })
	}
}

func ourGet(c *node.Collection, key string) error {
	d, err := c.Get(context.Background(), key)
	if err == nil {
		d.JSON()
	}
	return err
}
