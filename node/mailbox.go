package node

import "sync"

// mailbox carries work to the loop of a session, in order. Putting something
// in never blocks; what may be in it is bounded by what the loop asked for.
type mailbox struct {
	mu     sync.Mutex
	work   []func()
	closed bool
	wake   chan struct{}
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// post hands fn to the loop; it reports false if the loop has ended.
func (m *mailbox) post(fn func()) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.work = append(m.work, fn)
	signal(m.wake)
	return true
}

// take empties the mailbox.
func (m *mailbox) take() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	work := m.work
	m.work = nil
	return work
}

// close refuses further work and drops what nobody has taken.
func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed, m.work = true, nil
}
