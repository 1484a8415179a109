package badger

import (
	"fmt"
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
)

// tx is one Update.
type tx struct {
	reader
	tails  *atomic.Bool
	failed error // ErrTxTooBig, once it was returned
}

// Set implements storage.Tx.
func (t *tx) Set(key, value []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if len(value) > storage.MaxValueSize {
		return t.fail(fmt.Errorf("%w: a value of %d bytes", storage.ErrTxTooBig, len(value)))
	}
	if len(value) <= maxHead {
		if err := t.fail(t.modify(badgerdb.NewEntry(key, value))); err != nil {
			return err
		}
		return t.dropTail(key)
	}
	head := badgerdb.NewEntry(key, value[:maxHead]).WithMeta(metaTail)
	if err := t.fail(t.modify(head)); err != nil {
		return err
	}
	t.tails.Store(true)
	return t.fail(t.modify(badgerdb.NewEntry(tailKey(key), value[maxHead:])))
}

// Delete implements storage.Tx.
func (t *tx) Delete(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := t.fail(t.remove(key)); err != nil {
		return err
	}
	return t.dropTail(key)
}

// fail remembers the first error of a change, so that a transaction that is
// not whole cannot be committed.
func (t *tx) fail(err error) error {
	if t.failed == nil {
		t.failed = err
	}
	return t.failed
}

func (t *tx) modify(e *badgerdb.Entry) (err error) {
	defer guard(&err)
	return translate(t.txn.SetEntry(e))
}

func (t *tx) remove(key []byte) (err error) {
	defer guard(&err)
	return translate(t.txn.Delete(key))
}

func checkKey(key []byte) error {
	if len(key) == 0 || len(key) > storage.MaxKeySize || key[0] == reserved {
		return fmt.Errorf("%w: %.64q", storage.ErrKey, key)
	}
	return nil
}
