package memory

import (
	"iter"

	"github.com/tidwall/btree"

	"github.com/crdtstore/crdtstore/storage"
)

// reader reads one version of the store.
type reader struct{ tree *btree.BTreeG[pair] }

// Get implements storage.Reader.
func (r reader) Get(key []byte) ([]byte, error) {
	p, ok := r.tree.Get(pair{key: string(key)})
	if !ok {
		return nil, storage.ErrNotFound
	}
	return []byte(p.value), nil
}

// Scan implements storage.Reader. The slices of an Item are used again for
// the next one, so that code which keeps them fails here as it fails on disk.
func (r reader) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		start, end := string(o.Start), string(o.End)
		var item storage.Item
		show := func(p pair) bool {
			item.Key = append(item.Key[:0], p.key...)
			if !o.KeysOnly {
				item.Value = append(append(item.Value[:0], p.value...), 0)[:len(p.value)]
			}
			return yield(item, nil)
		}
		switch {
		case !o.Reverse:
			r.tree.Ascend(pair{key: start}, func(p pair) bool {
				return (o.End == nil || p.key < end) && show(p)
			})
		case o.End == nil:
			r.tree.Reverse(func(p pair) bool { return p.key >= start && show(p) })
		default:
			r.tree.Descend(pair{key: end}, func(p pair) bool {
				return p.key >= start && (p.key == end || show(p))
			})
		}
	}
}

// snapshot is a reader that fails once it, or its store, is closed.
type snapshot struct {
	store  *Store
	reader reader
	closed bool
}

// Get implements storage.Reader.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	defer s.store.end()
	return s.reader.Get(key)
}

// Scan implements storage.Reader.
func (s *snapshot) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		if err := s.begin(); err != nil {
			yield(storage.Item{}, err)
			return
		}
		defer s.store.end()
		s.reader.Scan(o)(func(item storage.Item, err error) bool {
			if s.closed {
				item, err = storage.Item{}, storage.ErrClosed
			}
			return yield(item, err) && err == nil
		})
	}
}

func (s *snapshot) begin() error {
	if s.closed {
		return storage.ErrClosed
	}
	_, err := s.store.begin()
	return err
}

// Close implements storage.Snapshot. Inside a loop over Scan it ends the
// loop with ErrClosed.
func (s *snapshot) Close() error {
	s.closed = true
	return nil
}
