package memory

import (
	"fmt"
	"iter"

	"github.com/crdtstore/crdtstore/storage"
)

// tx modifies a copy of the current version.
type tx struct {
	options    Options
	next       version
	size, keys int
	failed     error // ErrTxTooBig, once it was returned
}

// Get implements storage.Reader.
func (t *tx) Get(key []byte) ([]byte, error) { return reader{t.next.tree}.Get(key) }

// Scan implements storage.Reader: over a copy of its own, so that the loop
// may modify the transaction.
func (t *tx) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		reader{t.next.copy().tree}.Scan(o)(yield)
	}
}

// Set implements storage.Tx.
func (t *tx) Set(key, value []byte) error {
	if err := t.account(key, value); err != nil {
		return err
	}
	old, replaced := t.next.tree.Set(pair{string(key), string(value)})
	if replaced {
		t.next.size -= int64(len(old.key) + len(old.value))
	}
	t.next.size += int64(len(key) + len(value))
	return nil
}

// Delete implements storage.Tx.
func (t *tx) Delete(key []byte) error {
	if err := t.account(key, nil); err != nil {
		return err
	}
	old, deleted := t.next.tree.Delete(pair{key: string(key)})
	if deleted {
		t.next.size -= int64(len(old.key) + len(old.value))
	}
	return nil
}

func (t *tx) account(key, value []byte) error {
	if len(key) == 0 || len(key) > storage.MaxKeySize || key[0] == '!' {
		return fmt.Errorf("%w: %.64q", storage.ErrKey, key)
	}
	t.size += len(key) + len(value) + 16
	t.keys++
	if t.failed == nil && (len(value) > storage.MaxValueSize ||
		t.size > t.options.MaxTxSize || t.keys > t.options.MaxTxKeys) {
		t.failed = fmt.Errorf("%w: %d bytes in %d keys", storage.ErrTxTooBig, t.size, t.keys)
	}
	return t.failed
}
