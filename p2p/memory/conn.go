package memory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// window is how many bytes may wait for the reader before Send blocks.
const window = 1 << 20

// item is a message, or the close reason, on its way.
type item struct {
	message []byte
	closing *p2p.CloseError
	at      time.Time
}

// conn is one end of a link; in is what travels to it.
type conn struct {
	link   *link
	owner  *Network
	peer   string
	other  *conn
	random *rand.Rand // of what this end sends; under other.mu

	mu      sync.Mutex
	heard   bool // a message was received
	in      []item
	bytes   int
	line    line // of what travels to this end
	ended   *p2p.CloseError
	changed chan struct{} // closed and made anew at every change
}

// Peer implements p2p.Conn.
func (c *conn) Peer() string { return c.peer }

// Send implements p2p.Conn.
func (c *conn) Send(ctx context.Context, message []byte) error {
	if len(message) > p2p.MaxMessage {
		return fmt.Errorf("%w: %d bytes, at most %d", p2p.ErrTooLarge, len(message), p2p.MaxMessage)
	}
	latency, loss := c.link.hub.conditions()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.err(); err != nil {
			return err
		}
		wait, broken := c.other.put(c.random, message, latency, loss)
		if broken {
			c.link.lose()
			return c.err()
		}
		if wait == nil {
			return nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
	}
}

// put appends a message to what travels to c, unless the window is full: then
// wait is closed at the next change.
func (c *conn) put(random *rand.Rand, message []byte, latency [2]time.Duration, loss float64) (wait <-chan struct{}, broken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil && len(c.in) > 0 && c.bytes+len(message) > window {
		return c.changed, false
	}
	if loss > 0 && random.Float64() < loss {
		return nil, true
	}
	c.travel(item{message: append([]byte{}, message...)}, delay(random, latency))
	return nil, false
}

// travel puts an item behind those on their way, which it cannot overtake;
// c.mu is held.
func (c *conn) travel(i item, latency time.Duration) {
	if c.ended != nil {
		return // nobody will read it
	}
	hub := c.link.hub
	i.at = c.line.carry(time.Now(), len(i.message), hub.rate.Load()).Add(latency)
	hub.carried.Add(int64(len(i.message)))
	c.in = append(c.in, i)
	c.bytes += len(i.message)
	c.change()
}

func (c *conn) change() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// Receive implements p2p.Conn.
func (c *conn) Receive(ctx context.Context) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		i, wait, changed, err := c.next(time.Now())
		switch {
		case err != nil:
			return nil, err
		case i.closing != nil:
			c.end(i.closing)
			continue
		case changed == nil:
			return i.message, nil
		}
		c.pause(ctx, wait, changed)
	}
}

// next takes the item that has arrived, or tells what to wait for.
func (c *conn) next(now time.Time) (i item, wait time.Duration, changed <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return i, 0, nil, c.ended
	}
	if len(c.in) == 0 {
		return i, -1, c.changed, nil
	}
	if wait = c.in[0].at.Sub(now); wait > 0 {
		return i, wait, c.changed, nil
	}
	i = c.in[0]
	c.heard = c.heard || i.closing == nil
	c.in[0] = item{}
	c.in = c.in[1:]
	c.bytes -= len(i.message)
	c.change()
	return i, 0, nil, nil
}

// pause waits for ctx, a change, or the time, if wait is not negative.
func (c *conn) pause(ctx context.Context, wait time.Duration, changed <-chan struct{}) {
	var arrived <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		arrived = timer.C
	}
	select {
	case <-arrived:
	case <-changed:
	case <-ctx.Done():
	}
}

// Close implements p2p.Conn.
func (c *conn) Close(reason string) error {
	reason = p2p.Clean(reason)
	c.link.hub.forget(c.link)
	if c.end(&p2p.CloseError{Reason: reason}) {
		latency, _ := c.link.hub.conditions()
		c.other.mu.Lock()
		c.other.travel(item{closing: &p2p.CloseError{Reason: reason, ByPeer: true}}, delay(c.random, latency))
		c.other.mu.Unlock()
	}
	return nil
}

// Cut implements p2p.Conn.
func (c *conn) Cut(reason string) {
	if open := c.owner.roster.Refuse(c.peer, reason); open != nil {
		open.Close(reason)
	}
	c.Close(reason)
}

// end makes the end final; only the first reason counts.
func (c *conn) end(why *p2p.CloseError) (first bool) {
	c.mu.Lock()
	if first = c.ended == nil; first {
		c.ended, c.in, c.bytes = why, nil, 0
		c.link.hub.carried.Add(-c.line.unsent(time.Now()))
		c.change()
	}
	heard := c.heard
	c.mu.Unlock()
	if first {
		c.owner.roster.Down(c.peer, c, heard, why.Reason)
	}
	return first
}

func (c *conn) over() bool { return c.err() != nil }

func (c *conn) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		return nil
	}
	return c.ended
}
