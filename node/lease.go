package node

import (
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// lease is a snapshot that its reader may keep only as long as it makes
// progress: a snapshot pins everything that was replaced since.
type lease struct {
	view *storage.View

	mu     sync.Mutex
	closed bool
}

// lend calls fn, which is the reader's own time; if that is longer than limit
// the snapshot is released meanwhile. kept reports that it was not; took is
// what fn returned.
func (l *lease) lend(limit time.Duration, fn func() bool) (kept, took bool) {
	timer := time.AfterFunc(limit, l.close)
	took = fn()
	timer.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.closed, took
}

// close releases the snapshot; it may be called more than once.
func (l *lease) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.view.Close()
	}
}
