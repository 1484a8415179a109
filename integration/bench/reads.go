package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/node"
)

// reads measures what is not a document read: lists of all documents, and gets of
// documents that are not there. The tree is hashed, so both are held against it.
func (b *bench) reads() error {
	plain, err := b.plainFilled(b.docs)
	if err != nil {
		return err
	}
	ours, err := b.filled(b.docs)
	if err != nil {
		return err
	}
	if err := b.inverse("list and print all documents", "× its time", atMost(3), onCopy(plain, plainList(b.docs)), onCopy(ours, ourList(b.docs))); err != nil {
		return err
	}
	if err := b.inverse("list and print pages of 100", "× its time", atMost(12), onCopy(plain, plainPages(b.docs)), onCopy(ours, ourPages(b.docs))); err != nil {
		return err
	}
	gets := b.docs / 5
	return b.inverse("get of what is not there", "× its time", atMost(100), onCopy(plain, plainMisses(b.docs, gets)), onCopy(ours, ourMisses(b.docs, gets)))
}

// passes is how often a list is read.
const passes = 5

// plainList reads all documents in order.
func plainList(n int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		return listed(n, func() (int, error) { return plainFrom(db, "", n) })
	}
}

// ourList reads and prints all documents in order.
func ourList(n int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		c := nd.Collection(collection)
		return listed(n, func() (int, error) { return ourFrom(c, node.ListOptions{}) })
	}
}

// listed lists some times and returns documents per second.
func listed(n int, list func() (int, error)) (float64, error) {
	lists, err := spread(1, passes, func(int) error {
		found, err := list()
		if err == nil && found != n {
			err = fmt.Errorf("%d documents listed, there are %d", found, n)
		}
		return err
	})
	return lists * float64(n), err
}

func plainFrom(db *badger.DB, from string, limit int) (n int, err error) {
	err = db.View(func(tx *badger.Txn) error {
		o := badger.DefaultIteratorOptions
		o.PrefetchValues = limit > 100
		it := tx.NewIterator(o)
		defer it.Close()
		for it.Seek([]byte(from)); it.Valid() && n < limit; it.Next() {
			if _, err := it.Item().ValueCopy(nil); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func ourFrom(c *node.Collection, o node.ListOptions) (n int, err error) {
	for d, err := range c.All(context.Background(), o) {
		if err != nil {
			return n, err
		}
		d.JSON()
		n++
	}
	return n, nil
}

const onPage = 100

// plainPages reads pages that begin anywhere.
func plainPages(n int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		return spread(1, n/onPage, func(i int) error {
			_, err := plainFrom(db, key(i), onPage)
			return err
		})
	}
}

// ourPages reads and prints pages that begin anywhere.
func ourPages(n int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		c := nd.Collection(collection)
		return spread(1, n/onPage, func(i int) error {
			_, err := ourFrom(c, node.ListOptions{After: key(i), Limit: onPage})
			return err
		})
	}
}

// plainMisses looks for keys that are not there.
func plainMisses(n, gets int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		return spread(1, gets, func(i int) error {
			return missing(plainGet(db, missed(n, gets, i)), badger.ErrKeyNotFound)
		})
	}
}

// ourMisses looks for documents that are not there.
func ourMisses(n, gets int) side {
	return func(dir string) (ops float64, err error) {
		nd, err := open(dir, node.Fsync)
		if err != nil {
			return 0, err
		}
		defer closing(nd, &err)
		c := nd.Collection(collection)
		return spread(1, gets, func(i int) error {
			_, err := c.Get(context.Background(), missed(n, gets, i))
			return missing(err, node.ErrNotFound)
		})
	}
}

// missed is the key of a document that is not there, beside one of the n that are: so
// misses are as far apart as documents, which keys of further numbers would not be.
func missed(n, gets, i int) string { return key(i*(n/gets)) + "+" }

// missing is nil if err says that there is none.
func missing(err, none error) error {
	switch {
	case errors.Is(err, none):
		return nil
	case err == nil:
		return errors.New("a document is there that was never written")
	}
	return err
}
