package badger

import (
	"errors"
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// dataKeys are the keys that the files of an encrypted store are encrypted with, which
// Badger keeps under the key of the store. nil is those of a store that is not encrypted.
type dataKeys struct{ registry *badgerdb.KeyRegistry }

// openKeys reads the keys of the store in dir; nil if key is nil.
func openKeys(dir string, key []byte) (k *dataKeys, err error) {
	if len(key) == 0 {
		return nil, nil
	}
	defer guard(&err)
	r, err := badgerdb.OpenKeyRegistry(badgerdb.KeyRegistryOptions{Dir: dir, ReadOnly: true, EncryptionKey: key})
	if err != nil {
		return nil, fmt.Errorf("keys of store %s: %w", dir, err)
	}
	return &dataKeys{r}, nil
}

// of is the key with a number, which is that of a file; 0 is none.
func (k *dataKeys) of(number uint64) ([]byte, error) {
	if number == 0 {
		return nil, nil
	}
	if k == nil {
		return nil, errors.New("says that it is encrypted")
	}
	key, err := k.registry.DataKey(number)
	if err != nil {
		return nil, fmt.Errorf("encrypted with a key that there is not: %w", err)
	}
	return key.Data, nil
}
