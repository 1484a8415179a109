package badger

import (
	"log/slog"
	"path/filepath"
	"time"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

const (
	// trimEvery is how often memory is looked at while the store is used.
	trimEvery = 100 * time.Millisecond
	// settled is how many looks follow the last call: compactions go on.
	settled = 50
	// trimStep is how much more there must be than what the last shedding has
	// left, which may be what no shedding takes away.
	trimStep = 24 << 20
)

// trimmer keeps a store small in memory while it is used. Tables are mapped
// files: each page of one that was written or read counts as memory of this
// process until the table is gone, although the system could take it back at
// any time, so that a process becomes as large as its store. The trimmer lets
// go of those pages, which stay in the page cache, and of the memory that
// Badger holds for tables it may build (see spare).
type trimmer struct {
	store         *Store
	dir           string // as the system names it
	limit         int64  // bytes of mapped files from which on pages are let go of
	left          int64  // bytes of mapped files after the last time
	written       written
	spare         spare
	log           *slog.Logger // may be nil
	stop, stopped chan struct{}
}

// startTrimmer begins to trim a store on disk that is open for writing; nil if
// limit is 0.
func startTrimmer(s *Store, limit int64, log *slog.Logger) *trimmer {
	if limit == 0 || s.dir == "" || s.readOnly {
		return nil
	}
	t := &trimmer{store: s, limit: limit, spare: spareOf(s.db), log: log, stop: make(chan struct{}), stopped: make(chan struct{})}
	var err error
	if t.dir, err = filepath.EvalSymlinks(s.dir); err == nil {
		t.dir, err = filepath.Abs(t.dir)
	}
	if err != nil {
		return nil // its mappings would not be found
	}
	go t.loop()
	return t
}

// close ends it, if there is one.
func (t *trimmer) close() {
	if t != nil {
		close(t.stop)
		<-t.stopped
	}
}

// loop trims from the first call on until the store was left alone for a
// while, and then waits for the next call.
func (t *trimmer) loop() {
	defer close(t.stopped)
	for {
		select {
		case <-t.stop:
			return
		case <-t.store.calls.begun:
		}
		for quiet := 0; quiet < settled; quiet++ {
			if err := t.trim(); err != nil {
				if t.log != nil {
					t.log.Warn("memory is not trimmed any more", "error", err)
				}
				return
			}
			select {
			case <-t.stop:
				return
			case <-time.After(trimEvery):
			}
			select {
			case <-t.store.calls.begun:
				quiet = 0
			default:
			}
		}
	}
}

// trim lets go of what can be, if there is more than the limit, and if something
// was written since the last time: else it is reading that has brought the
// pages back, and would again.
func (t *trimmer) trim() (err error) {
	defer guard(&err)
	if t.store.calls.enter() != nil {
		return nil // closed
	}
	defer t.store.calls.end()
	t.spare.release()
	mapped, err := residentFiles()
	if err != nil || mapped <= max(t.limit, t.left+trimStep) {
		return err
	}
	now := t.store.written()
	if now == t.written {
		return nil
	}
	if err := t.shed(); err != nil {
		return err
	}
	t.written = now
	t.left, err = residentFiles()
	return err
}

// written tells whether anything was written between two moments.
type written struct {
	commits uint64
	table   uint64 // the highest number; the next table has a higher one
}

func (s *Store) written() written {
	w := written{commits: s.idle.versions.last.Load()}
	for _, info := range s.db.Tables() {
		w.table = max(w.table, info.ID)
	}
	return w
}

// shed lets go of the pages of all tables. None of them can be unmapped
// meanwhile, and its addresses become those of something else: an iterator
// holds every table that was there when it was made, and those that were there
// before and are there still were there then.
func (t *trimmer) shed() (err error) {
	defer guard(&err)
	before := tableFiles(t.store.db, t.dir)
	txn := t.store.db.NewTransactionAt(0, false) // it reads nothing
	defer txn.Discard()
	it := txn.NewIterator(badgerdb.IteratorOptions{})
	defer it.Close()
	held := map[string]bool{}
	for file := range tableFiles(t.store.db, t.dir) {
		if before[file] {
			held[file] = true
		}
	}
	return letGo(held)
}

// tableFiles are the files of the tables that are in use.
func tableFiles(db *badgerdb.DB, dir string) map[string]bool {
	files := map[string]bool{}
	for _, info := range db.Tables() {
		files[table.NewFilename(info.ID, dir)] = true
	}
	return files
}
