package node

import (
	"context"
	"sync"

	"github.com/crdtstore/crdtstore/p2p"
)

const (
	// backlog is how many bytes may wait for a slow peer before its session says
	// nothing that can wait; half of that is room to go on.
	backlog = 4 << 20
	// maxOutbox is how many may wait before nothing is read from the peer any
	// more: only from one that makes this side say what the session cannot hold
	// back, and does not read that. If both sides did this each would wait for the
	// other.
	maxOutbox = 4 * backlog
)

// outbox sends messages to a peer in a goroutine of its own, so that a slow
// peer holds up nobody but itself.
type outbox struct {
	conn p2p.Conn

	mu     sync.Mutex
	queue  [][]byte
	bytes  int
	last   bool          // no more will come
	asked  bool          // somebody waits for room
	wake   chan struct{} // something to send
	room   chan struct{} // there is room again
	ended  chan struct{} // closed when run has returned
	failed error         // why run returned early; valid after ended
}

func newOutbox(c p2p.Conn) *outbox {
	return &outbox{conn: c, wake: make(chan struct{}, 1), room: make(chan struct{}, 1), ended: make(chan struct{})}
}

// put queues a message.
func (o *outbox) put(message []byte) {
	o.mu.Lock()
	o.queue = append(o.queue, message)
	o.bytes += len(message)
	o.mu.Unlock()
	signal(o.wake)
}

// full reports whether the peer should not be listened to for now.
func (o *outbox) full() bool { return o.waiting() > maxOutbox }

// finish lets run return when the queue is empty.
func (o *outbox) finish() {
	o.mu.Lock()
	o.last = true
	o.mu.Unlock()
	signal(o.wake)
}

// run sends until finish, an error, or the end of ctx.
func (o *outbox) run(ctx context.Context) {
	defer close(o.ended)
	for {
		message, ok, last := o.next()
		if ok {
			if o.failed = o.conn.Send(ctx, message); o.failed != nil {
				return
			}
			o.sent(len(message))
			continue
		}
		if last {
			return
		}
		select {
		case <-o.wake:
		case <-ctx.Done():
			o.failed = ctx.Err()
			return
		}
	}
}

func (o *outbox) next() (message []byte, ok, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return nil, false, o.last
	}
	message = o.queue[0]
	o.queue[0] = nil
	o.queue = o.queue[1:]
	return message, true, false
}

func (o *outbox) sent(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bytes -= n
	o.tell()
}

// askRoom has it told, by room, when there is room to go on.
func (o *outbox) askRoom() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = true
	o.tell()
}

// tell says that there is room if somebody waits for it; o.mu is held.
func (o *outbox) tell() {
	if o.asked && o.bytes <= backlog/2 {
		o.asked = false
		signal(o.room)
	}
}

// waiting is how many bytes are not sent yet.
func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}
