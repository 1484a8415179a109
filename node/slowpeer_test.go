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
)

// deaf is a network whose connections stop receiving after a few messages.
type deaf struct {
	p2p.Network
	events chan p2p.Event
	done   sync.WaitGroup
}

func newDeaf(n p2p.Network, messages int) *deaf {
	d := &deaf{Network: n, events: make(chan p2p.Event)}
	d.done.Go(func() {
		defer close(d.events)
		for e := range n.Events() {
			if e.Kind == p2p.Up {
				e.Conn = &deafConn{e.Conn, messages}
			}
			d.events <- e
		}
	})
	return d
}

func (d *deaf) Events() <-chan p2p.Event { return d.events }

type deafConn struct {
	p2p.Conn
	left int
}

func (c *deafConn) Receive(ctx context.Context) ([]byte, error) {
	if c.left--; c.left < 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return c.Conn.Receive(ctx)
}

// TestSlowPeerHoldsUpNobody: one peer does not listen any more; writers and
// other peers do not notice, and in the end it is given up with a reason.
func TestSlowPeerHoldsUpNobody(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var mu sync.Mutex
		var down []string
		a := w.open("a", node.Options{Events: node.Events{PeerDown: func(e node.PeerEvent) {
			mu.Lock()
			defer mu.Unlock()
			down = append(down, e.Name+": "+e.Reason)
		}}})
		b := w.open("b", node.Options{})
		start := w.factory("slow")
		slow, err := node.Open(t.Context(), node.Options{Name: "slow",
			Network: func(ctx context.Context, c node.NetworkConfig) (p2p.Network, error) {
				n, err := start(ctx, c)
				return newDeaf(n, 4), err
			}})
		if err != nil {
			t.Fatal(err)
		}
		defer w.close(slow, b, a)
		put(t, a, "c/0", `0`)
		w.join(a, b, slow)
		bubble.Wait()
		begin := time.Now()
		big := `"` + string(make400K()) + `"`
		for i := range 60 { // more than may wait for a peer
			put(t, a, fmt.Sprintf("c/%d", i), big)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("writers waited %v", took)
		}
		if r, err := a.Sync(t.Context(), "b"); err != nil || !r.Peers[0].Converged || time.Since(begin) > 2*time.Second {
			t.Errorf("after %v: %+v, %v", time.Since(begin), r, err)
		}
		time.Sleep(3 * time.Minute)
		bubble.Wait()
		mu.Lock()
		defer mu.Unlock()
		if len(down) == 0 || !strings.HasPrefix(down[0], "slow: stopped answering") {
			t.Errorf("who went: %q", down)
		}
	})
}
