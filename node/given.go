package node

import "sync"

// given counts the frames of a session that are with the writer loop.
type given struct {
	mu    sync.Mutex
	n     int
	empty chan struct{} // closed when n falls to 0; nil when nobody waits
}

// add notes that a frame has been handed over.
func (g *given) add() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
}

// done notes that one has been dealt with.
func (g *given) done() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n--; g.n == 0 && g.empty != nil {
		close(g.empty)
		g.empty = nil
	}
}

// none is closed when no frame is with the writer loop any more.
func (g *given) none() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.empty
	if c == nil {
		c = make(chan struct{})
		if g.n == 0 {
			close(c)
			return c
		}
		g.empty = c
	}
	return c
}
