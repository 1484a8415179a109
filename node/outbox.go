package node

import (
	"context"
	"sync"

	"github.com/crdtstore/crdtstore/p2p"
)

// maxOutbox is how many bytes may wait for a slow peer before its session
// reads no more from it. Frames are bounded by their window already; this
// bounds the answers to what the peer asks.
const maxOutbox = 8 << 20

// outbox sends messages to a peer in a goroutine of its own, so that a slow
// peer holds up nobody but itself.
type outbox struct {
	conn p2p.Conn

	mu     sync.Mutex
	queue  [][]byte
	bytes  int
	last   bool          // no more will come
	wake   chan struct{} // something to send
	room   chan struct{} // fell below maxOutbox
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
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes > maxOutbox
}

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
	if o.bytes -= n; o.bytes <= maxOutbox {
		signal(o.room)
	}
}
