package node

import (
	"sync"
	"sync/atomic"
	"time"
)

// Who catches up takes whatever it is given, as fast as it is given it; local
// writers wait for what they do. So while somebody waits for a local write, the
// sessions together rest after each frame for a peer that catches up for
// restFactor times as long as it has taken to make it, but not longer than
// restMost, nor than until half as many documents have come here, from local writers
// or other peers: what is sent is at least twice as much as what comes, so that who
// catches up does in the end, and it never stands still.
const (
	restFactor = 16
	restMost   = 50 * time.Millisecond
)

// courtesy is what local writers are shown by the sessions of a node.
type courtesy struct {
	waiting atomic.Int64  // local writes that are under way
	come    atomic.Uint64 // documents, so far: written here, or merged

	mu    sync.Mutex
	until time.Time // no session makes a frame before
}

// begin and end enclose a task of the local queue.
func (c *courtesy) begin(t *task) {
	if t.local() {
		c.waiting.Add(1)
	}
}

func (c *courtesy) end(t *task) {
	if t.local() {
		c.waiting.Add(-1)
	}
}

// committed counts what has come with a commit: whoever catches up lacks what peers
// have brought as well.
func (c *courtesy) committed(changes []change) {
	for _, change := range changes {
		c.come.Add(uint64(change.documents))
	}
}

// rest is one rest of a session. The zero value is none.
type rest struct {
	until time.Time     // when it is over anyhow
	share time.Duration // what it adds to the rests of all
	come  uint64        // it is over when so many documents have come
}

// rest begins a rest after a frame of so many documents that took so long, if
// somebody waits for a local write.
func (c *courtesy) rest(documents int, took time.Duration) rest {
	if c.waiting.Load() == 0 {
		return rest{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); c.until.Before(now) {
		c.until = now
	}
	share := min(restFactor*took, restMost)
	c.until = c.until.Add(share)
	return rest{c.until, share, c.come.Load() + uint64(documents/2)}
}

// over reports whether enough has come.
func (c *courtesy) over(r rest) bool { return c.come.Load() >= r.come }

// cut ends a rest: what is left of its share is not waited for by others, so that
// all together never rest for longer than their shares.
func (c *courtesy) cut(r rest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if left := min(r.share, time.Until(r.until)); left > 0 {
		c.until = c.until.Add(-left)
	}
}
