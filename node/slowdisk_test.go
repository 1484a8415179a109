package node_test

import (
	"sync"

	"github.com/crdtstore/crdtstore/storage"
	ram "github.com/crdtstore/crdtstore/storage/memory"
)

// slowDisk is a store of which commits can be held up, and with them all that
// waits for the one writer of a node.
type slowDisk struct {
	storage.Store
	mu   sync.Mutex
	gate chan struct{} // nil: open
}

func newSlowDisk() *slowDisk { return &slowDisk{Store: ram.New()} }

// hold makes commits wait until release is called.
func (d *slowDisk) hold() (release func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gate := make(chan struct{})
	d.gate = gate
	return func() { close(gate) }
}

func (d *slowDisk) Update(fn func(storage.Tx) error) error {
	d.mu.Lock()
	gate := d.gate
	d.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return d.Store.Update(fn)
}
