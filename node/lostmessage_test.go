package node_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// leaky is a Network on whose connections one message of a session is lost, comes
// twice, or comes behind the next one, until a session has ended for that.
type leaky struct {
	p2p.Network
	events chan p2p.Event
	how    string
	at     int // of the messages of the session that it receives

	mu   sync.Mutex
	done bool
}

func leak(n p2p.Network, how string, at int) *leaky {
	l := &leaky{Network: n, events: make(chan p2p.Event), how: how, at: at}
	go func() {
		defer close(l.events)
		for e := range n.Events() {
			if e.Kind == p2p.Up {
				e.Conn = &leakyConn{Conn: e.Conn, of: l}
			}
			l.events <- e
		}
	}()
	return l
}

func (l *leaky) Events() <-chan p2p.Event { return l.events }

func (l *leaky) ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.done
}

// leakyConn is a connection of it. One goroutine receives at a time.
type leakyConn struct {
	p2p.Conn
	of   *leaky
	n    int
	held []byte   // the message, until the one behind it is here
	back [][]byte // to be received before anything else
}

func (c *leakyConn) Receive(ctx context.Context) ([]byte, error) {
	if len(c.back) > 0 {
		m := c.back[0]
		c.back = c.back[1:]
		return m, nil
	}
	m, err := c.Conn.Receive(ctx)
	if err != nil || m[0] == 128 { // about neighbours
		return m, err
	}
	held := c.held
	if c.held = nil; held == nil {
		if c.n++; c.n != c.of.at+1 || c.of.ended() {
			return m, nil
		}
		c.held = m
		return c.Receive(ctx)
	}
	switch c.of.how { // m is the one behind it
	case "again":
		c.back = [][]byte{held, m}
		return held, nil
	case "late":
		c.back = [][]byte{held}
	}
	return m, nil
}

// TestMessageLost: a message of a session is lost on its way, comes twice, or
// late, whichever it is. The session ends and says why, and in the next one both
// nodes come to hold the same.
func TestMessageLost(t *testing.T) {
	for _, how := range []string{"lost", "again", "late"} {
		for at := 1; at < 12; at++ { // the first is the hello
			t.Run(fmt.Sprint(how, " ", at), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					w := newWorld(t)
					a := w.open("a", node.Options{})
					var net *leaky
					note := func(e node.PeerEvent) {
						net.mu.Lock()
						defer net.mu.Unlock()
						net.done = net.done || strings.HasPrefix(e.Reason, string(antientropy.ReasonGap))
					}
					b, err := node.Open(t.Context(), node.Options{
						Name: "b", Events: node.Events{PeerDown: note, PeerRefused: note},
						Network: func(ctx context.Context, c node.NetworkConfig) (p2p.Network, error) {
							n, err := w.factory("b")(ctx, c)
							net = leak(n, how, at)
							return net, err
						},
					})
					ok(t, err)
					defer w.close(a, b)
					put(t, a, "c/a", `{"n":1}`)
					put(t, b, "c/b", `{"n":1}`)
					w.join(a, b)
					for i := 0; i < 20 || i < 600 && !net.ended(); i++ {
						put(t, a, fmt.Sprint("c/a", i), `{"n":2}`)
						put(t, b, fmt.Sprint("c/b", i), `{"n":2}`)
						time.Sleep(100 * time.Millisecond) // of the bubble
					}
					time.Sleep(20 * time.Second)
					w.converge(a, b)
					if !net.ended() {
						t.Error("no session ended for it")
					}
				})
			})
		}
	}
}
