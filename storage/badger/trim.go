package badger

import (
	"errors"
	"time"
)

const (
	// trimEvery is how often memory is looked at while the store is used.
	trimEvery = 100 * time.Millisecond
	// settled is how many looks follow the last call: compactions go on.
	settled = 50
	// tabled is how many of them follow the last table that was made.
	tabled = 20
	// restStep is how many bytes of files must have come into memory since the last rest before they are let go of.
	restStep = 1 << 20
)

// trimmer keeps a store small in memory while it is used: its files (see
// resident), and what Badger holds for tables it may build (see spare). When the store comes to rest
// it makes a table of the memtable, and lets go of all that it can, also of what is blank of the memtable.
type trimmer struct {
	store         *Store
	written       written
	spare         spare
	memtable      *memtable // nil if it is not known where that is
	flushFrom     int       // bytes in it
	rested        func()    // called when the store has come to rest
	every         time.Duration
	stop, stopped chan struct{}
}

// startTrimmer begins to trim a store on disk that is open for writing; nil if
// there is no limit.
func startTrimmer(s *Store, rested func()) *trimmer {
	if s.dir == "" || s.readOnly || s.space.resident.limit == 0 {
		return nil
	}
	t := newTrimmer(s, rested)
	go t.loop()
	return t
}

func newTrimmer(s *Store, rested func()) *trimmer {
	t := &trimmer{store: s, spare: spareOf(s.db), flushFrom: flushFrom, rested: rested, every: trimEvery, stop: make(chan struct{}), stopped: make(chan struct{})}
	if m, ok := memtableOf(); ok {
		t.memtable = &m
	}
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
// while, lets it rest, and then waits for the next call.
func (t *trimmer) loop() {
	defer close(t.stopped)
	for {
		select {
		case <-t.stop:
			return
		case <-t.store.calls.begun:
		}
		if err := t.settle(); err != nil {
			if !errors.Is(err, errStopped) {
				t.store.space.resident.fail(err)
			}
			return
		}
	}
}

// errStopped is returned when the trimmer was closed.
var errStopped = errors.New("it is not trimmed any more")

// settle trims until the store has come to rest.
func (t *trimmer) settle() error {
	tables := t.store.space.tables.Load()
	for quiet := 0; ; quiet++ {
		if err := t.trim(); err != nil {
			return err
		}
		select {
		case <-t.stop:
			return errStopped
		case <-time.After(t.every):
		}
		select {
		case <-t.store.calls.begun:
			quiet = 0
		default:
		}
		if now := t.store.space.tables.Load(); now != tables || t.store.logs.queued() { // it is compacted
			quiet, tables = min(quiet, settled-tabled), now
		}
		if quiet < settled {
			continue
		}
		flushing, err := t.flush()
		if err != nil {
			return err
		}
		if !flushing {
			return t.rest()
		}
		quiet = settled - tabled
	}
}

// flush makes a table of the memtable, and reports whether it has begun to.
func (t *trimmer) flush() (began bool, err error) {
	if t.memtable == nil {
		return false, nil
	}
	defer guard(&err)
	return t.store.flush(*t.memtable, t.flushFrom)
}

// trim lets go of what can be, if there is too much, and if something was
// written since the last time: else it is reading that has brought the pages
// back, and would again.
func (t *trimmer) trim() (err error) {
	defer guard(&err)
	if t.store.calls.enter() != nil {
		return nil // closed
	}
	defer t.store.calls.end()
	t.spare.release(keepSpare)
	if now := t.store.written(); now != t.written && t.store.space.resident.large() {
		t.store.space.resident.shrink()
		t.written = now
	}
	return nil
}

// rest lets go of what is held for the next call alone, which can find it again
// or does without it.
func (t *trimmer) rest() (err error) {
	defer guard(&err)
	if t.store.calls.enter() != nil {
		return nil // closed
	}
	defer t.store.calls.end()
	t.spare.release(made)
	t.store.space.resident.shrinkMore(restStep)
	t.written = t.store.written()
	if t.memtable != nil {
		if err := t.store.giveBlank(*t.memtable); err != nil {
			return err
		}
	}
	if t.rested != nil {
		t.rested()
	}
	return nil
}

// written tells whether anything was written between two moments.
type written struct{ commits, tables uint64 }

func (s *Store) written() written {
	return written{s.idle.versions.last.Load(), s.space.tables.Load()}
}
