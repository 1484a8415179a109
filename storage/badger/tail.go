package badger

import (
	"errors"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
)

// A value that is longer than maxHead is split: its first maxHead bytes stay
// under its key, marked with metaTail, and the rest is stored under tailKey.
// So nothing is ever long enough for the value log.
const (
	maxHead       = valueThreshold - 1
	metaTail byte = 1
	reserved byte = '!' // first byte of keys that are not the caller's
)

const tailPrefix = "!tail/"

func tailKey(key []byte) []byte {
	return append([]byte(tailPrefix), key...)
}

// hasTails reports whether the store holds any value with a tail. Nearly no
// store does, and then Set and Delete need not look for one.
func hasTails(db *badgerdb.DB) bool {
	txn := db.NewTransaction(false)
	defer txn.Discard()
	o := badgerdb.IteratorOptions{Prefix: []byte(tailPrefix)}
	it := txn.NewIterator(o)
	defer it.Close()
	it.Rewind()
	return it.ValidForPrefix(o.Prefix)
}

// dropTail removes the tail of the value that key had.
func (t *tx) dropTail(key []byte) error {
	if !t.tails.Load() {
		return nil
	}
	tail := tailKey(key)
	switch _, err := t.get(tail); {
	case errors.Is(err, storage.ErrNotFound):
		return nil
	case err != nil:
		return t.fail(err)
	}
	return t.fail(t.remove(tail))
}

// withTail completes a value that is marked with metaTail.
func (r reader) withTail(key, head []byte) ([]byte, error) {
	tail, err := r.get(tailKey(key))
	if err != nil {
		return nil, err
	}
	whole := make([]byte, 0, len(head)+len(tail))
	return append(append(whole, head...), tail...), nil
}
