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
	wrote  bool  // something
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
	tails := max(len(value)-1, 0) / maxHead
	head := badgerdb.NewEntry(key, value[:min(len(value), maxHead)])
	if tails > 0 {
		head = head.WithMeta(byte(tails))
		t.tails.Store(true)
	}
	if err := t.fail(t.modify(head)); err != nil {
		return err
	}
	for n := 1; n <= tails; n++ {
		rest := value[n*maxHead:]
		if err := t.fail(t.modify(badgerdb.NewEntry(tailKey(key, n), rest[:min(len(rest), maxHead)]))); err != nil {
			return err
		}
	}
	return t.dropTails(key, tails+1)
}

// Delete implements storage.Tx.
func (t *tx) Delete(key []byte) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := t.fail(t.remove(key)); err != nil {
		return err
	}
	return t.dropTails(key, 1)
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
	t.wrote = true
	return translate(t.txn.SetEntry(e))
}

func (t *tx) remove(key []byte) (err error) {
	defer guard(&err)
	t.wrote = true
	return translate(t.txn.Delete(key))
}

func checkKey(key []byte) error {
	if len(key) == 0 || len(key) > storage.MaxKeySize || key[0] == reserved {
		return fmt.Errorf("%w: %.64q", storage.ErrKey, key)
	}
	return nil
}
