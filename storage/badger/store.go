package badger

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/gofrs/flock"

	"github.com/crdtstore/crdtstore/storage"
)

// Store is a storage.Store on disk.
type Store struct {
	db       *badgerdb.DB
	dir      string // empty if in memory
	lock     *flock.Flock
	readOnly bool
	calls    *uses
	idle     idle
	logs     *logs
	tails    atomic.Bool   // some value may have a tail
	trimmer  *trimmer      // nil if memory is not trimmed
	space    *space        // nil if the store is read-only
	ended    chan struct{} // closed when Badger has let go of the directory

	writing sync.Mutex // held by Update
	failed  error      // of a commit; guarded by writing
}

// Open opens the store in dir, which it creates if need be. It returns an
// *ErrLocked if another process has it open, and storage.ErrSpace if there is
// no room for the few blocks that this needs, also after Options.Spare.
func Open(dir string, o Options) (*Store, error) {
	s, err := openOnce(dir, o)
	if errors.Is(err, storage.ErrSpace) && o.Spare != nil && o.Spare() {
		s, err = openOnce(dir, o)
	}
	return s, err
}

func openOnce(dir string, o Options) (*Store, error) {
	s := &Store{dir: dir, readOnly: o.ReadOnly, calls: newUses(), logs: newLogs(dir), ended: make(chan struct{})}
	settings, err := o.settings(dir)
	if err != nil {
		return nil, err
	}
	settings.Logger = bridge{log: o.Logger, rotate: s.logs.rotate, fail: s.logs.fail}
	if o.InMemory {
		if dir != "" {
			return nil, fmt.Errorf("open store: in memory, but with directory %s", dir)
		}
	} else {
		if !o.ReadOnly {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return nil, fmt.Errorf("open store: %w", err)
			}
		}
		if s.lock, err = lockDir(dir, o.ReadOnly); err != nil {
			return nil, spaceError(err)
		}
	}
	if err := checkSeal(dir, o.Key); err != nil {
		return nil, errors.Join(err, s.unlock())
	}
	if !o.ReadOnly && dir != "" {
		if err := errors.Join(dropUnborn(dir), settleManifest(dir, o.Key), settleLogs(dir, o.Key)); err != nil {
			return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, err), s.unlock())
		}
	}
	if !o.ReadOnly {
		if s.space, err = newSpace(dir, settings.MemTableSize, o.mapped(), o.Spare, o.Logger); err != nil {
			return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, err), s.unlock())
		}
	}
	// What has not become a table when the disk was full is queued while the store is opened.
	settings.NumMemtables = max(settings.NumMemtables, s.space.logs())
	if err := s.open(settings); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, spaceError(err)), s.space.closed(), s.unlock())
	}
	s.space.opened()
	s.trimmer = startTrimmer(s, o.Rested)
	return s, nil
}

func (s *Store) open(settings badgerdb.Options) (err error) {
	defer guard(&err)
	if s.db, err = badgerdb.OpenManaged(settings); err != nil {
		return err
	}
	if narrow {
		verifyTables(s.db)
	}
	s.idle.versions.init(s.db.MaxVersion(), s.db.SetDiscardTs)
	s.tails.Store(s.hasTails())
	return nil
}

func (s *Store) unlock() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// View implements storage.Store.
func (s *Store) View(fn func(storage.Reader) error) error {
	if err := s.calls.begin(); err != nil {
		return err
	}
	defer s.calls.end()
	v := s.idle.begin(s.db)
	defer s.idle.end(v)
	return fn(reader{v.txn})
}

// Snapshot implements storage.Store.
func (s *Store) Snapshot() (storage.Snapshot, error) {
	if err := s.calls.begin(); err != nil {
		return nil, err
	}
	defer s.calls.end()
	return &snapshot{store: s, view: s.idle.newView(s.db)}, nil
}

// Update implements storage.Store. If the commit itself fails, it is not
// known what a restart will find; until then every View sees the state before
// it, and every later Update fails as well. With storage.ErrSpace nothing has failed.
func (s *Store) Update(fn func(storage.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.calls.begin(); err != nil {
		return err
	}
	defer s.calls.end()
	if s.readOnly {
		return storage.ErrReadOnly
	}
	if err := s.writable(); err != nil {
		return err
	}
	if err := s.space.ready(); err != nil {
		return err
	}
	t := &tx{reader: reader{s.db.NewTransactionAt(s.idle.versions.last.Load(), true)}, tails: &s.tails}
	defer t.txn.Discard()
	if err := fn(t); err != nil {
		return err
	}
	if t.failed != nil || !t.wrote {
		return t.failed
	}
	version := s.idle.versions.next()
	err := commit(t.txn, version)
	switch {
	case err == nil:
		s.idle.committed(version)
	case !errors.Is(err, storage.ErrTxTooBig):
		s.failed = err // what was written of it, nobody sees
	}
	return err
}

func (s *Store) writable() error {
	if s.failed != nil {
		return fmt.Errorf("store needs a restart: %w", s.failed)
	}
	return s.logs.err()
}

func commit(txn *badgerdb.Txn, version uint64) (err error) {
	defer guard(&err)
	if err := txn.CommitAt(version, nil); err != nil {
		return fmt.Errorf("commit: %w", translate(err))
	}
	return nil
}

// Sync implements storage.Store.
func (s *Store) Sync() (err error) {
	if err := s.calls.begin(); err != nil {
		return err
	}
	defer s.calls.end()
	if s.dir == "" || s.readOnly {
		return nil
	}
	last := s.idle.versions.last.Load()
	if err := s.logs.sync(s.db); err != nil {
		return err
	}
	s.idle.versions.flushed(last)
	return nil
}

// Size implements storage.Store: the space that the files take on disk. It
// is 0 for a store in memory.
func (s *Store) Size() (int64, error) {
	if err := s.calls.begin(); err != nil {
		return 0, err
	}
	defer s.calls.end()
	if s.dir == "" {
		return 0, nil
	}
	return dirSize(s.dir)
}

// Close implements storage.Store.
func (s *Store) Close() error {
	if !s.calls.close() {
		return nil
	}
	s.trimmer.close()
	s.idle.drop()
	s.space.close()
	failed, closed := errors.Join(s.logs.err(), s.logs.release()), make(chan error, 1)
	go func() {
		closed <- errors.Join(closeDB(s.db), s.space.closed(), s.unlock())
		close(s.ended)
	}()
	select {
	case err := <-closed:
		return errors.Join(failed, err)
	case <-s.space.waiting():
	}
	select {
	case err := <-closed:
		return errors.Join(failed, err)
	case <-time.After(closingFor): // Badger waits for room, for ever, and keeps the directory
		return errors.Join(failed, fmt.Errorf("close store %s: %w: what was committed is in its logs", s.dir, storage.ErrSpace))
	}
}

func closeDB(db *badgerdb.DB) (err error) {
	defer guard(&err)
	if err := db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}
