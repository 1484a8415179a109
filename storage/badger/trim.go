package badger

import "time"

const (
	// trimEvery is how often memory is looked at while the store is used.
	trimEvery = 100 * time.Millisecond
	// settled is how many looks follow the last call: compactions go on.
	settled = 50
)

// trimmer keeps a store small in memory while it is used: its files (see
// resident), and what Badger holds for tables it may build (see spare).
type trimmer struct {
	store         *Store
	written       written
	spare         spare
	stop, stopped chan struct{}
}

// startTrimmer begins to trim a store on disk that is open for writing; nil if
// there is no limit.
func startTrimmer(s *Store) *trimmer {
	if s.dir == "" || s.readOnly || s.space.resident.limit == 0 {
		return nil
	}
	t := &trimmer{store: s, spare: spareOf(s.db), stop: make(chan struct{}), stopped: make(chan struct{})}
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
				t.store.space.resident.fail(err)
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

// trim lets go of what can be, if there is too much, and if something was
// written since the last time: else it is reading that has brought the pages
// back, and would again.
func (t *trimmer) trim() (err error) {
	defer guard(&err)
	if t.store.calls.enter() != nil {
		return nil // closed
	}
	defer t.store.calls.end()
	t.spare.release()
	if now := t.store.written(); now != t.written && t.store.space.resident.large() {
		t.store.space.resident.shrink()
		t.written = now
	}
	return nil
}

// written tells whether anything was written between two moments.
type written struct{ commits, tables uint64 }

func (s *Store) written() written {
	return written{s.idle.versions.last.Load(), s.space.tables.Load()}
}
