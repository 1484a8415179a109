package badger

import (
	"sync"

	"github.com/crdtstore/crdtstore/storage"
)

// uses counts the calls that are running, so that Close can wait for them:
// Badger unmaps its files when it is closed, and reading them then would end
// the process.
type uses struct {
	begun   chan struct{} // full from a call on, until somebody looks
	mu      sync.Mutex
	running int
	closed  bool
	idle    *sync.Cond
}

func newUses() *uses {
	u := &uses{begun: make(chan struct{}, 1)}
	u.idle = sync.NewCond(&u.mu)
	return u
}

func (u *uses) begin() error {
	select {
	case u.begun <- struct{}{}:
	default:
	}
	return u.enter()
}

// enter is begin without a sign that the store is in use.
func (u *uses) enter() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return storage.ErrClosed
	}
	u.running++
	return nil
}

func (u *uses) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running--; u.running == 0 {
		u.idle.Broadcast()
	}
}

// close refuses new calls and waits for the running ones. It reports false
// if the store was closed before.
func (u *uses) close() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return false
	}
	u.closed = true
	for u.running > 0 {
		u.idle.Wait()
	}
	return true
}
