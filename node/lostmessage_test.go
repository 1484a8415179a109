package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// leaky is a Network on whose first connection one message of a session is lost,
// comes twice, or comes behind the next one.
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

func (l *leaky) leaked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.done
}

// leakyConn is a connection of it. One goroutine receives at a time.
type leakyConn struct {
	p2p.Conn
	of   *leaky
	n    int
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
	if c.n++; c.n <= c.of.at || c.of.leaked() {
		return m, nil
	}
	next, err := c.Conn.Receive(ctx)
	if err != nil {
		return nil, err
	}
	c.of.mu.Lock()
	c.of.done = true
	c.of.mu.Unlock()
	switch c.of.how {
	case "again":
		c.back = [][]byte{m, next}
		return m, nil
	case "late":
		c.back = [][]byte{m}
	}
	return next, nil
}

// TestMessageLost: a message of a session is lost on its way, comes twice, or
// late, whichever it is. The session ends and says why, and in the next one both
// nodes come to hold the same.
func TestMessageLost(t *testing.T) {
	for _, how := range []string{"lost", "again", "late"} {
		for at := 1; at < 12; at++ { // the first is the hello
			t.Run(fmt.Sprint(how, " ", at), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					var reasons []string
					note := func(e node.PeerEvent) {
						mu.Lock()
						defer mu.Unlock()
						reasons = append(reasons, e.Reason)
					}
					w := newWorld(t)
					a := w.open("a", node.Options{})
					var net *leaky
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
					for i := 0; i < 20 || !net.leaked(); i++ {
						put(t, a, fmt.Sprint("c/a", i), `{"n":2}`)
						put(t, b, fmt.Sprint("c/b", i), `{"n":2}`)
						time.Sleep(100 * time.Millisecond) // of the bubble
					}
					time.Sleep(20 * time.Second)
					w.converge(a, b)
					mu.Lock()
					defer mu.Unlock()
					if !slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(r, string(antientropy.ReasonGap)) }) {
						t.Errorf("sessions ended for %q", reasons)
					}
				})
			})
		}
	}
}
