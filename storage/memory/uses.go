package memory

import (
	"sync"

	"github.com/crdtstore/crdtstore/storage"
)

// uses counts the calls that are running, so that Close can wait for them.
// The mutex of the store guards it.
type uses struct {
	running int
	closed  bool
	idle    sync.Cond
}

// begin notes a call that reads the store, and returns what it sees.
func (s *Store) begin() (version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls.closed {
		return version{}, storage.ErrClosed
	}
	s.calls.running++
	return s.current, nil
}

func (s *Store) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls.running--; s.calls.running == 0 {
		s.calls.idle.Broadcast()
	}
}

// close refuses new calls and waits for the running ones. It reports false
// if the store was closed before.
func (u *uses) close() bool {
	if u.closed {
		return false
	}
	u.closed = true
	for u.running > 0 {
		u.idle.Wait()
	}
	return true
}
