package main

import (
	"fmt"
	"hash/fnv"

	"github.com/dgraph-io/badger/v4"
)

// key spreads keys over the key space, so that neither side profits from
// order.
func key(i int) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "key %d", i)
	return fmt.Sprintf("%016x", h.Sum64())
}

// body is JSON of 10 fields and about 180 bytes, a third of it digits that no
// compression removes.
func body(i int) []byte {
	h := fnv.New128a()
	fmt.Fprintf(h, "body %d", i)
	d := h.Sum(nil)
	return fmt.Appendf(nil, `{"id":"%x","name":"Ann Example","city":"Oslo","age":%d,"active":true,"score":%d.5,`+
		`"lang":"no","team":"red","role":"technician","note":"%x rings twice"}`, d[:8], 20+i%60, i%100, d[8:])
}

// plainBadger opens Badger as its own defaults have it.
func plainBadger(dir string, durable bool) (*badger.DB, error) {
	return badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithSyncWrites(durable))
}

// plainPut puts n documents, one transaction each.
func plainPut(durable bool, writers, n int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, durable)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		return spread(writers, n, func(i int) error {
			return db.Update(func(tx *badger.Txn) error { return tx.Set([]byte(key(i)), body(i)) })
		})
	}
}

// plainBatch puts n documents in durable transactions of size each.
func plainBatch(n, size int) side {
	return func(dir string) (ops float64, err error) {
		db, err := plainBadger(dir, true)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		batches, err := spread(1, n/size, func(i int) error {
			return db.Update(func(tx *badger.Txn) error {
				for j := i * size; j < (i+1)*size; j++ {
					if err := tx.Set([]byte(key(j)), body(j)); err != nil {
						return err
					}
				}
				return nil
			})
		})
		return batches * float64(size), err
	}
}

// plainLoad puts n documents as fast as Badger can.
func plainLoad(db *badger.DB, n int) error {
	w := db.NewWriteBatch()
	defer w.Cancel()
	for i := range n {
		if err := w.Set([]byte(key(i)), body(i)); err != nil {
			return err
		}
	}
	return w.Flush()
}

// closing closes c at the end of a function that returns *err.
func closing(c interface{ Close() error }, err *error) {
	if e := c.Close(); *err == nil {
		*err = e
	}
}
