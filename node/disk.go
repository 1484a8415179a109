package node

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// disk knows which commits are on stable storage. One Sync runs at a time, and
// whoever waits for it has his own work done by it where that was committed
// before it began: writers, sessions and watchers share their syncs.
type disk struct {
	docs *storage.Documents
	sink *sink

	begun, ended atomic.Uint64 // commits; the writer loop makes one at a time
	synced       atomic.Uint64 // so many commits are on disk

	turn chan struct{} // of capacity 1: full during a Sync

	mu     sync.Mutex
	broken error // of the first Sync that failed
}

func newDisk(docs *storage.Documents, s *sink) *disk {
	return &disk{docs: docs, sink: s, turn: make(chan struct{}, 1)}
}

// update commits fn; afterwards every view shows it, on disk or not.
func (d *disk) update(fn func(*storage.Batch) error) error {
	d.begun.Add(1)
	defer d.ended.Add(1) // a commit that failed may still have happened
	return d.docs.Update(fn)
}

// durable is a view of a collection in which everything is on disk. Only that
// may be shown to peers, or counted in tokens: what is lost when the machine
// stops would be followed by other changes under the same dots (Law F).
func (d *disk) durable(collection string) (*storage.View, error) {
	v, err := d.docs.View(collection)
	if err != nil {
		return nil, err
	}
	if _, err := d.sync(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// sync returns when everything that is visible is on disk, and how long the
// disk took, 0 if others have seen to it. After a failure nothing is known of
// what is on disk, so it fails for ever (Law H).
func (d *disk) sync() (took time.Duration, err error) { return d.reach(d.begun.Load()) }

// reach is sync for the first need commits.
func (d *disk) reach(need uint64) (took time.Duration, err error) {
	if d.synced.Load() >= need {
		return 0, d.failure()
	}
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	if err := d.failure(); err != nil || d.synced.Load() >= need {
		return 0, err
	}
	begin, ended := time.Now(), d.ended.Load()
	err = d.docs.Sync()
	took = time.Since(begin)
	if err != nil {
		return took, d.fail(err)
	}
	d.synced.Store(ended)
	return took, nil
}

func (d *disk) fail(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken == nil {
		d.broken = fmt.Errorf("%w: %w", ErrStore, err)
		d.sink.failed(d.broken)
	}
	return d.broken
}

// failure is ErrStore with the error of the Sync that failed, nil if none did.
func (d *disk) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.broken
}
