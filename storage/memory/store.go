package memory

import (
	"sync"

	"github.com/tidwall/btree"

	"github.com/crdtstore/crdtstore/storage"
)

// Options set the limits of a Store. The zero value has the least limits
// that the port allows, so that code which runs here also runs elsewhere.
type Options struct {
	// MaxTxSize is the number of bytes that a transaction may hold, counted
	// as storage.MinTxSize counts them; 0 means storage.MinTxSize.
	MaxTxSize int
	// MaxTxKeys is the number of Set and Delete calls that a transaction may
	// make; 0 means storage.MinTxKeys.
	MaxTxKeys int
}

// Store is a storage.Store in memory. It starts no goroutine, reads no clock,
// and does the same whenever it is called in the same order.
type Store struct {
	options Options

	writing sync.Mutex // held by Update

	mu      sync.Mutex // guards what follows
	calls   uses
	current version // never modified: Update replaces it
	synced  version // what a power cut leaves
	faults  Faults
}

// pair is one key with its value. Both are the tree's own and never modified.
type pair struct{ key, value string }

func less(a, b pair) bool { return a.key < b.key }

// version is one state of the store; copying the tree is cheap, because the
// copies share all nodes until one of them is modified.
type version struct {
	tree *btree.BTreeG[pair]
	size int64
}

// copy returns a version that may be modified. Copying marks the original, so
// two copies of one version must not be made at once.
func (v version) copy() version { return version{v.tree.Copy(), v.size} }

// New returns an empty store with the least limits.
func New() *Store { return Open(Options{}) }

// Open returns an empty store.
func Open(o Options) *Store {
	empty := btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
	return newStore(o, version{tree: empty})
}

func newStore(o Options, v version) *Store {
	if o.MaxTxSize == 0 {
		o.MaxTxSize = storage.MinTxSize
	}
	if o.MaxTxKeys == 0 {
		o.MaxTxKeys = storage.MinTxKeys
	}
	s := &Store{options: o, current: v, synced: v}
	s.calls.idle.L = &s.mu
	return s
}

// View implements storage.Store.
func (s *Store) View(fn func(storage.Reader) error) error {
	v, err := s.begin()
	if err != nil {
		return err
	}
	defer s.end()
	return fn(reader{tree: v.tree})
}

// Snapshot implements storage.Store.
func (s *Store) Snapshot() (storage.Snapshot, error) {
	v, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer s.end()
	return &snapshot{store: s, reader: reader{tree: v.tree}}, nil
}

// Update implements storage.Store.
func (s *Store) Update(fn func(storage.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	t := &tx{options: s.options, next: s.copyCurrent()}
	if err := fn(t); err != nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	if t.keys == 0 {
		return nil
	}
	return s.commit(t.next)
}

func (s *Store) copyCurrent() version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.copy()
}

func (s *Store) commit(next version) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, after := s.faults.takeUpdate()
	if before != nil {
		return before
	}
	s.current = next
	return after
}

// Sync implements storage.Store.
func (s *Store) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls.closed {
		return storage.ErrClosed
	}
	return s.syncLocked()
}

func (s *Store) syncLocked() error {
	if err := s.faults.takeSync(); err != nil {
		return err
	}
	s.synced = s.current
	return nil
}

// Size implements storage.Store: the bytes of all keys and values.
func (s *Store) Size() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls.closed {
		return 0, storage.ErrClosed
	}
	return s.current.size, nil
}

// Close implements storage.Store. What the store held can still be had by
// Kill and Crash.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.calls.close() {
		return nil
	}
	return s.syncLocked()
}
