package badger

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

	syncing sync.Mutex // held by sync
	active  *os.File   // the log that sync has opened; guarded by syncing

	mu     sync.Mutex // held for moments: rotate is called under Badger's lock
	newLog bool       // a log was created, or will be, and was not synced with the directory since
	full   string     // the last log that rotate was called for
	failed error      // of a sync: the kernel may have dropped what it could not write
}

// newLogs is for a store that is about to be opened, which creates a log.
func newLogs(dir string) *logs { return &logs{dir: dir, newLog: true} }

// rotate is called by Badger's write path between the last write to one log
// and the creation of the next.
func (l *logs) rotate() {
	if l.dir == "" {
		return
	}
	err := syncFiles(filepath.Join(l.dir, "*.mem"))
	full, e := l.newest()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.newLog, l.full = true, full
	l.failed = cmp.Or(l.failed, err, e)
}

// fail notes a failure of a sync.
func (l *logs) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = cmp.Or(l.failed, err)
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

// sync makes what was committed durable. If a log is created meanwhile, what
// was committed before is in the older one, and synced by rotate.
func (l *logs) sync(db *badgerdb.DB) error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	if err := l.err(); err != nil {
		return err
	}
	l.mu.Lock()
	newLog := l.newLog
	l.newLog = false
	l.mu.Unlock()

	var err error
	if newLog {
		err = l.release()
	}
	if err == nil {
		err = l.syncActive(db)
	}
	if newLog && err == nil {
		err = syncFile(l.dir)
	}
	l.mu.Lock()
	if err == nil && l.stale() {
		l.newLog = true
	}
	l.failed = cmp.Or(l.failed, err)
	l.mu.Unlock()
	return l.err()
}

// queued reports whether the last log that was full is still there: what it holds is not a table yet, or is being read.
func (l *logs) queued() bool {
	l.mu.Lock()
	full := l.full
	l.mu.Unlock()
	if full == "" {
		return false
	}
	_, err := os.Lstat(full)
	return err == nil
}

// stale reports whether the log that sync has opened is full: the one behind it
// did not exist yet, and the next sync must look again.
func (l *logs) stale() bool {
	return l.active != nil && l.active.Name() == l.full
}

// release closes the log that sync has opened.
func (l *logs) release() error {
	if l.active == nil {
		return nil
	}
	err := l.active.Close()
	l.active = nil
	return err
}

// newest is the path of the log with the highest number, the active one.
func (l *logs) newest() (string, error) {
	paths, err := filepath.Glob(filepath.Join(l.dir, "*.mem"))
	if err != nil {
		return "", err
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { // prepared, not created yet (see space)
		info, err := os.Stat(path)
		return err == nil && info.Size() == 0
	})
	if len(paths) == 0 {
		return "", fmt.Errorf("no write-ahead log in %s", l.dir)
	}
	return slices.MaxFunc(paths, func(a, b string) int { // 99999 is followed by 100000
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}), nil
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
