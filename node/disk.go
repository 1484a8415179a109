package node

import (
	"fmt"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// disk syncs what is committed, and remembers if that ever failed: then
// nothing is known any more of what is on stable storage, and to go on
// acknowledging would be a lie (Law H).
type disk struct {
	docs *storage.Documents
	sink *sink

	mu     sync.Mutex
	broken error
}

// sync returns when everything committed before is on disk, and how long that
// took. After a failure it fails for ever.
func (d *disk) sync() (took time.Duration, err error) {
	if err := d.failure(); err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := d.docs.Sync(); err != nil {
		return time.Since(begin), d.fail(err)
	}
	return time.Since(begin), nil
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

// failure is ErrStore with the error of the sync that failed, nil if none did.
func (d *disk) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.broken
}
