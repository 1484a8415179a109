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
// restMost, nor than until half as many documents were written here: what is sent
// is at least twice as much as what comes, so that who catches up does in the end,
// and it never stands still.
const (
	restFactor = 16
	restMost   = 50 * time.Millisecond
)

// courtesy is what local writers are shown by the sessions of a node.
type courtesy struct {
	waiting atomic.Int64  // local writes that are under way
	written atomic.Uint64 // documents, so far

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

// wrote counts what local writers have written in a group.
func (c *courtesy) wrote(g *group) {
	if g.local() == 0 {
		return
	}
	for _, change := range g.changes {
		c.written.Add(uint64(change.documents))
	}
}

// rest is how long a session rests, and until how many local writes are done,
// after a frame of so many documents that took so long.
func (c *courtesy) rest(documents int, took time.Duration) (pause time.Duration, written uint64) {
	if c.waiting.Load() == 0 {
		return 0, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.until.Before(now) {
		c.until = now
	}
	c.until = c.until.Add(min(restFactor*took, restMost))
	return c.until.Sub(now), c.written.Load() + uint64(documents/2)
}

// over reports whether so many local writes are done.
func (c *courtesy) over(written uint64) bool { return c.written.Load() >= written }
