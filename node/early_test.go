package node_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// watched is a Network that notes when a connection was last there.
type watched struct {
	p2p.Network
	events chan p2p.Event

	mu sync.Mutex
	up time.Time
}

func watch(n p2p.Network) *watched {
	w := &watched{Network: n, events: make(chan p2p.Event)}
	go func() {
		defer close(w.events)
		for e := range n.Events() {
			if e.Kind == p2p.Up {
				w.mu.Lock()
				w.up = time.Now()
				w.mu.Unlock()
			}
			w.events <- e
		}
	}()
	return w
}

func (w *watched) Events() <-chan p2p.Event { return w.events }

func (w *watched) last() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.up
}

// TestSessionBeginsBehindTheRequest: two nodes that meet again have exchanged
// what differs one and a half round trips after their connection is there.
func TestSessionBeginsBehindTheRequest(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		const latency = 50 * time.Millisecond
		w := newWorld(t)
		a := w.open("a", node.Options{})
		var net *watched
		b, err := node.Open(t.Context(), node.Options{Name: "b", Network: func(ctx context.Context, c node.NetworkConfig) (p2p.Network, error) {
			n, err := w.factory("b")(ctx, c)
			net = watch(n)
			return net, err
		}})
		ok(t, err)
		defer w.close(a, b)
		w.join(a, b)
		for i := range 500 {
			put(t, a, fmt.Sprintf("c/%03d", i), `{"n":1}`)
		}
		w.converge(a, b)
		w.SetLatency(latency, latency)
		for round := range 3 {
			w.Partition([]string{"a"}, []string{"b"})
			time.Sleep(time.Second) // of the bubble
			for i := range 100 {
				put(t, a, fmt.Sprintf("c/%03d", 5*i), fmt.Sprintf(`{"n":%d}`, 2+round))
			}
			before := net.last()
			w.Heal()
			for want := fmt.Sprintf(`{"n":%d}`, 2+round); show(t, b, "c/495") != want || show(t, b, "c/000") != want; {
				time.Sleep(time.Millisecond)
			}
			took := time.Since(net.last())
			if net.last() == before || took > 3*latency+5*time.Millisecond {
				t.Errorf("exchanged %v after the connection was there, want 1.5 round trips of %v", took, 2*latency)
			}
		}
	})
}

// rough is an endpoint whose owner is the test.
func (w *world) rough(name string, at *node.Node) (p2p.Conn, *network.Network) {
	w.t.Helper()
	text, err := at.Invite(w.t.Context())
	ok(w.t, err)
	invite, err := p2p.ParseInvite(text)
	ok(w.t, err)
	n, err := w.Start(network.Options{Self: name, Secret: invite.Secret, Known: invite.Addrs})
	ok(w.t, err)
	for e := range n.Events() {
		if e.Kind == p2p.Up {
			return e.Conn, n
		}
	}
	w.t.Fatal("no connection")
	return nil, nil
}

// heard counts what arrives at c in a while.
func heard(ctx context.Context, c p2p.Conn, d time.Duration) (messages [][]byte, size int) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for {
		m, err := c.Receive(ctx)
		if err != nil {
			return messages, size
		}
		messages, size = append(messages, m), size+len(m)
	}
}

// Messages about neighbours, as they travel.
var (
	sayFull = []byte{128, 0x86, 3, 0, 0, 0x80, 0x80, 0x80}
	askLow  = []byte{128, 0x86, 1, 0, 0, 0x81, 0x61, 'r', 0x80, 0x80}
)

// told notes what a node tells of its peers.
func told(to *[]string, mu *sync.Mutex) node.Events {
	note := func(what string) func(node.PeerEvent) {
		return func(e node.PeerEvent) {
			mu.Lock()
			defer mu.Unlock()
			*to = append(*to, what+" "+e.Peer)
		}
	}
	return node.Events{PeerUp: note("up"), PeerDown: note("down"), PeerRefused: note("refused")}
}

// TestTurnedAwayIsCheap: of a session to which the peer does not agree it is sent
// little, and nobody is told of it.
func TestTurnedAwayIsCheap(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var events []string
		w := newWorld(t)
		a := w.open("a", node.Options{Events: told(&events, &mu)})
		defer w.close(a)
		for i := range 1000 {
			put(t, a, fmt.Sprintf("collection-%d/k", i), `{"n":1}`)
		}
		c, n := w.rough("r", a)
		defer n.Close()
		messages, size := heard(t.Context(), c, time.Second)
		if len(messages) < 2 || messages[0][0] != 128 || messages[1][0] >= 128 {
			t.Fatalf("%d messages, want a request and a session behind it", len(messages))
		}
		if size > 16<<10+256 {
			t.Errorf("%d bytes before the answer", size)
		}
		t.Logf("1,000 collections: %d bytes before the answer", size)
		if st := status(t, a, "r"); st.State == node.Syncing || st.State == node.InSync || st.Exchange != nil {
			t.Errorf("before the answer: %+v", st)
		}
		put(t, a, "collection-1/k", `{"n":2}`)
		ok(t, c.Send(t.Context(), sayFull))
		if _, more := heard(t.Context(), c, time.Second); more > 0 {
			t.Errorf("%d bytes after a no", more)
		}
		if st := status(t, a, "r"); st.State == node.Syncing || st.State == node.InSync {
			t.Errorf("after a no: %+v", st)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(events) > 0 {
			t.Errorf("told %q", events)
		}
	})
}

// TestFullTurnsAway: who has no room answers a request with a session behind it
// in a few bytes, and takes no notice of the session.
func TestFullTurnsAway(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var events []string
		w := newWorld(t)
		a, b := w.open("a", node.Options{Sessions: 1, Events: told(&events, &mu)}), w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, a, "c/k", `{"n":1}`)
		w.join(a, b)
		w.converge(a, b)
		c, n := w.rough("r", a)
		defer n.Close()
		ok(t, c.Send(t.Context(), askLow))
		for range 20 {
			ok(t, c.Send(t.Context(), bytes.Repeat([]byte{1}, 1<<10)))
		}
		messages, size := heard(t.Context(), c, time.Second)
		if len(messages) != 1 || messages[0][0] != 128 || messages[0][2] != 3 || size > 256 {
			t.Errorf("%d messages of %d bytes", len(messages), size)
		}
		t.Logf("%d bytes say that there is no room", size)
		time.Sleep(10 * time.Second) // of the bubble
		mu.Lock()
		defer mu.Unlock()
		if fmt.Sprint(events) != "[up b]" {
			t.Errorf("told %q", events)
		}
	})
}

// TestOtherProtocol: a peer of another version is refused, and kept out for a
// while, whoever says so, also before anybody has agreed to have a session.
func TestOtherProtocol(t *testing.T) {
	const reason = "wrong protocol version"
	for name, do := range map[string]func(*testing.T, p2p.Conn){
		"newer hello": func(t *testing.T, c p2p.Conn) { ok(t, c.Send(t.Context(), []byte{1, 0x81, antientropy.Version + 1})) },
		"bye": func(t *testing.T, c p2p.Conn) {
			ok(t, c.Send(t.Context(), append([]byte{13, 0x82, 0x76}, reason+"\x60"...)))
		},
		"close": func(t *testing.T, c p2p.Conn) { c.Close(reason) },
		"hello, then close": func(t *testing.T, c p2p.Conn) {
			ok(t, c.Send(t.Context(), []byte{1, 0x81, antientropy.Version + 1}))
			c.Close(reason)
		},
	} {
		for _, full := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", full ", full), func(t *testing.T) {
				bubble.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					var events []string
					w := newWorld(t)
					a, b := w.open("a", node.Options{Sessions: 1, Events: told(&events, &mu)}), w.open("b", node.Options{})
					defer w.close(a, b)
					if full {
						w.join(a, b)
						w.converge(a, b)
					}
					c, n := w.rough("r", a)
					defer n.Close()
					ups := 0
					meet := func(c p2p.Conn) {
						do(t, c)
						heard(t.Context(), c, 100*time.Millisecond) // to its end, where the node ends it
						c.Close(reason)
					}
					meet(c)
					for end := time.After(700 * time.Millisecond); end != nil; {
						select {
						case e := <-n.Events():
							if e.Kind == p2p.Up && e.Peer == "a" { // both may have dialled at once
								ups++
								meet(e.Conn)
							}
						case <-end:
							end = nil
						}
					}
					if st := status(t, a, "r"); st.State != node.Refused || st.Why != reason {
						t.Errorf("%s, %q, %q", st.State, st.Why, st.Detail)
					}
					if ups > 1 {
						t.Errorf("there again %d times", ups)
					}
				})
			})
		}
	}
}
