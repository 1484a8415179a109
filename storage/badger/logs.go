package badger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// logs syncs the write-ahead logs, of which Badger has one per memtable.
//
// Badger's own Sync covers only the log that is being written. One that is
// complete stays unsynced until its memtable has become a table, so after a
// power cut a later transaction could be there and an earlier one not. We
// sync it before the next one is created (see rotating).
type logs struct {
	dir string // empty if in memory

	syncing sync.Mutex // one Sync at a time, so that newLog is true until one has ended

	mu     sync.Mutex
	newLog bool  // a log was created, and the directory not synced since
	failed error // a sync failed: the kernel may have dropped what it could not write
}

// rotate is called by Badger's write path between the last write to one log
// and the creation of the next.
func (l *logs) rotate() {
	if l.dir == "" {
		return
	}
	err := syncFiles(filepath.Join(l.dir, "*.mem"))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newLog = true
	if l.failed == nil {
		l.failed = err
	}
}

// created says that a log was created otherwise.
func (l *logs) created() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newLog = true
}

// err is the first failure of a sync, after which nothing can be promised
// until the store is opened again.
func (l *logs) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return fmt.Errorf("store needs a restart: %w", l.failed)
	}
	return nil
}

// sync makes what was committed durable.
func (l *logs) sync(db *badgerdb.DB) error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	newLog := l.newLog
	l.newLog = false
	l.mu.Unlock()
	err := syncDB(db)
	if newLog && err == nil {
		err = syncFile(l.dir)
	}
	if err != nil {
		l.mu.Lock()
		if l.failed == nil {
			l.failed = err
		}
		l.mu.Unlock()
	}
	return l.err()
}

func syncDB(db *badgerdb.DB) (err error) {
	defer guard(&err)
	if err := db.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// syncFiles syncs the files that match pattern. One that goes away meanwhile
// has become a table, which is synced already.
func syncFiles(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := syncFile(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// syncFile syncs a file or a directory.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}
