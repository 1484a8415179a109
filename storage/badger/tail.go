package badger

import (
	"errors"
	"fmt"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
)

// A value that is longer than maxHead is split: its first maxHead bytes stay
// under its key, whose user meta counts the tails that hold the rest, each
// again of at most maxHead bytes. So nothing is ever long enough for the value
// log.
const (
	maxHead  = valueThreshold - 1
	maxTails = (storage.MaxValueSize - 1) / maxHead
	reserved = '!' // first byte of keys that are not the caller's
)

const tailPrefix = "!tail"

// tailKey is where tail n of the value of key is, from 1 on.
func tailKey(key []byte, n int) []byte {
	return append(append([]byte(tailPrefix), byte('0'+n), '/'), key...)
}

// hasTails reports whether the store holds any value with a tail. Nearly no
// store does, and then Set and Delete need not look for one.
func (s *Store) hasTails() bool {
	v := s.idle.newView(s.db)
	defer s.idle.discard(v)
	o := badgerdb.IteratorOptions{Prefix: []byte(tailPrefix)}
	it := v.txn.NewIterator(o)
	defer it.Close()
	it.Rewind()
	return it.ValidForPrefix(o.Prefix)
}

// dropTails removes the tails of the value that key had, from number from on.
func (t *tx) dropTails(key []byte, from int) error {
	if !t.tails.Load() {
		return nil
	}
	for n := from; n <= maxTails; n++ {
		tail := tailKey(key, n)
		switch _, err := t.get(tail); {
		case errors.Is(err, storage.ErrNotFound):
			return nil
		case err != nil:
			return t.fail(err)
		}
		if err := t.fail(t.remove(tail)); err != nil {
			return err
		}
	}
	return nil
}

// withTails completes a value that has tails.
func (r reader) withTails(key, head []byte, tails int) ([]byte, error) {
	whole := append(make([]byte, 0, len(head)+tails*maxHead), head...)
	for n := 1; n <= tails; n++ {
		tail, err := r.get(tailKey(key, n))
		if errors.Is(err, storage.ErrNotFound) {
			return nil, fmt.Errorf("part %d of the value of %.64q is missing", n, key)
		}
		if err != nil {
			return nil, err
		}
		whole = append(whole, tail...)
	}
	return whole, nil
}
