package libp2p

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"github.com/crdtstore/crdtstore/p2p"
)

// conn is the member stream as a p2p.Conn.
type conn struct {
	net     *Network
	link    *link
	peer    string
	stream  network.Stream
	reader  *p2p.FrameReader
	writing chan struct{} // holds a token while a frame is written
	torn    bool          // part of a frame was written, and no more will be; of who writes
	reading chan struct{} // holds a token while a frame is read
	done    chan struct{} // closed when ended is set

	heard atomic.Bool // a message was received

	mu    sync.Mutex
	ended *p2p.CloseError
}

func newConn(n *Network, l *link, s network.Stream) *conn {
	return &conn{
		net: n, link: l, peer: l.peer.String(), stream: s, reader: p2p.NewFrameReader(s),
		writing: make(chan struct{}, 1), reading: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// Peer implements p2p.Conn.
func (c *conn) Peer() string { return c.peer }

// Send implements p2p.Conn.
func (c *conn) Send(ctx context.Context, message []byte) error {
	if len(message) > p2p.MaxMessage {
		return fmt.Errorf("%w: %d bytes, at most %d", p2p.ErrTooLarge, len(message), p2p.MaxMessage)
	}
	if err := c.acquire(ctx, c.writing); err != nil {
		return err
	}
	release := c.interruptible(ctx, c.stream.SetWriteDeadline)
	err := p2p.WriteMessage(c.stream, message)
	release()
	c.torn = err != nil
	<-c.writing
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		c.abandon("a message was given up half way")
		return ctx.Err()
	}
	c.abandon(p2p.ReasonLost)
	return c.err()
}

// Receive implements p2p.Conn.
func (c *conn) Receive(ctx context.Context) ([]byte, error) {
	if err := c.acquire(ctx, c.reading); err != nil {
		return nil, err
	}
	release := c.interruptible(ctx, c.stream.SetReadDeadline)
	message, err := c.reader.Next()
	release()
	<-c.reading
	if err == nil {
		c.heard.Store(true)
		return message, nil
	}
	var closed *p2p.CloseError
	switch {
	case c.err() != nil:
		return nil, c.err()
	case errors.As(err, &closed):
		c.end(closed)
		c.link.close()
		return nil, c.err()
	case errors.Is(err, p2p.ErrTooLarge):
		c.net.cut(c.peer, "announced a message above the limit")
		return nil, err
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	c.abandon(p2p.ReasonLost)
	return nil, c.err()
}

// Close implements p2p.Conn. It does not wait: the reason travels, and the
// connection is closed, in the background.
func (c *conn) Close(reason string) error {
	reason = p2p.Clean(reason)
	if c.end(&p2p.CloseError{Reason: reason}) && !c.net.spawn(func() { c.goodbye(reason, patient*c.net.parting) }) {
		c.link.close()
	}
	return nil
}

// Cut implements p2p.Conn.
func (c *conn) Cut(reason string) {
	c.net.cut(c.peer, reason)
	_ = c.Close(reason)
}

// patient is how much longer a peer that has much to do is given to read why it is
// let go, where nobody waits for that.
const patient = 5

// goodbye tells the peer the reason, waits until it has read it, but not
// longer than atMost, and closes the connection.
func (c *conn) goodbye(reason string, atMost time.Duration) {
	defer c.link.close()
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	limit, _ := ctx.Deadline()
	_ = c.stream.SetReadDeadline(time.Unix(1, 0)) // ends a Receive
	_ = c.stream.SetWriteDeadline(limit)          // and a Send that is stuck
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return
	}
	if c.torn || p2p.WriteClose(c.stream, reason) != nil || c.stream.CloseWrite() != nil {
		return
	}
	select {
	case c.reading <- struct{}{}:
	case <-ctx.Done():
		return
	}
	_ = c.stream.SetReadDeadline(limit)
	_, _ = io.Copy(io.Discard, c.stream)
}

// abandon ends the Conn without a word to the peer. One that has ended is left to
// whoever ended it, who may be about to tell the reason.
func (c *conn) abandon(reason string) {
	if c.end(&p2p.CloseError{Reason: reason}) {
		c.link.close()
	}
}

// end makes the end final and reports it; only the first reason counts.
func (c *conn) end(why *p2p.CloseError) (first bool) {
	c.mu.Lock()
	if first = c.ended == nil; first {
		c.ended = why
		close(c.done)
	}
	c.mu.Unlock()
	if first {
		c.net.roster.Down(c.peer, c, c.heard.Load(), why.Reason)
	}
	return first
}

func (c *conn) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		return nil
	}
	return c.ended
}

// acquire takes a token, unless the Conn has ended or ctx ends first.
func (c *conn) acquire(ctx context.Context, token chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.err(); err != nil {
		return err
	}
	select {
	case token <- struct{}{}:
		if err := c.err(); err != nil {
			<-token
			return err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return c.err()
	}
}

// interruptible lets the end of ctx interrupt a read or write through its
// deadline. release takes that back, and must be called. Once the Conn has ended its
// deadlines are those of goodbye, which lets a message that is half written be
// written to its end: the reason comes behind it.
func (c *conn) interruptible(ctx context.Context, set func(time.Time) error) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	deadline := func(t time.Time) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.ended == nil {
			_ = set(t)
		}
	}
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		deadline(time.Unix(1, 0))
		close(fired)
	})
	return func() {
		if !stop() {
			<-fired
			deadline(time.Time{})
		}
	}
}
