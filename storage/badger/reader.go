package badger

import (
	"iter"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
)

// reader reads what a Badger transaction sees.
type reader struct{ txn *badgerdb.Txn }

// Get implements storage.Reader.
func (r reader) Get(key []byte) ([]byte, error) {
	if len(key) == 0 || key[0] == reserved {
		return nil, storage.ErrNotFound
	}
	return r.get(key)
}

func (r reader) get(key []byte) (value []byte, err error) {
	defer guard(&err)
	item, err := r.txn.Get(key)
	if err != nil {
		return nil, translate(err)
	}
	// The slice that Value passes is documented to be valid only inside the
	// call, because it may be a piece of the value log. Ours never is: it is
	// a buffer that the item made for itself, or a slice from Set.
	err = item.Value(func(v []byte) error {
		value = v
		return nil
	})
	if err != nil {
		return nil, translate(err)
	}
	if n := item.UserMeta(); n > 0 {
		return r.withTails(key, value, int(n))
	}
	if value == nil {
		value = []byte{}
	}
	return value, nil
}

// Scan implements storage.Reader.
func (r reader) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		c := cursor{reader: r, options: o}
		defer c.close()
		for more, err := c.seek(); more || err != nil; more, err = c.next() {
			if err != nil {
				yield(storage.Item{}, err)
				return
			}
			item, err := c.item()
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// snapshot is a reader that outlives the call which made it.
type snapshot struct {
	store    *Store
	view     *view
	scans    int // loops that are running
	closed   bool
	released bool
}

// Get implements storage.Reader.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	defer s.store.calls.end()
	return reader{s.view.txn}.Get(key)
}

// Scan implements storage.Reader.
func (s *snapshot) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		if err := s.begin(); err != nil {
			yield(storage.Item{}, err)
			return
		}
		defer s.store.calls.end()
		s.scans++
		defer func() {
			s.scans--
			s.release()
		}()
		for item, err := range (reader{s.view.txn}).Scan(o) {
			if s.closed {
				item, err = storage.Item{}, storage.ErrClosed
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

func (s *snapshot) begin() error {
	if s.closed {
		return storage.ErrClosed
	}
	return s.store.calls.begin()
}

// Close implements storage.Snapshot. Inside a loop over Scan it ends the
// loop with ErrClosed.
func (s *snapshot) Close() error {
	s.closed = true
	s.release()
	return nil
}

func (s *snapshot) release() {
	if s.closed && s.scans == 0 && !s.released {
		s.released = true
		s.store.idle.discard(s.view)
	}
}
