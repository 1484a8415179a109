package badger

import (
	"errors"
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
)

// translate puts the errors of the port in place of Badger's.
func translate(err error) error {
	switch {
	case errors.Is(err, badgerdb.ErrKeyNotFound):
		return storage.ErrNotFound
	case errors.Is(err, badgerdb.ErrTxnTooBig):
		return fmt.Errorf("%w (%w)", storage.ErrTxTooBig, err)
	case errors.Is(err, badgerdb.ErrDBClosed):
		return storage.ErrClosed
	case errors.Is(err, badgerdb.ErrReadOnlyTxn):
		return storage.ErrReadOnly
	}
	return err
}

// guard is deferred around calls into Badger, and only these: it turns a
// panic, with which Badger answers to damaged files, into an error.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("badger panicked: %v", p)
	}
}
