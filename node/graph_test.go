package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// states counts the peers of a node by state.
func states(t *testing.T, n *node.Node) map[node.PeerState]int {
	t.Helper()
	by := map[node.PeerState]int{}
	for p, err := range n.Peers(t.Context()) {
		ok(t, err)
		by[p.State]++
		if p.State == node.Passive && !strings.HasPrefix(p.Why, "not among my ") && p.Why != node.WhyNoRoom {
			t.Errorf("%s: %s is passive: %q", n.Name(), p.Name, p.Why)
		}
	}
	return by
}

// crowd opens a mesh of n nodes with at most k sessions each.
func (w *world) crowd(n, k int) []*node.Node {
	w.t.Helper()
	var all []*node.Node
	for i := range n {
		all = append(all, w.open(fmt.Sprintf("n%02d", i), node.Options{Sessions: k}))
	}
	w.join(all[0], all[1:]...)
	return all
}

func TestFewSessions(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.crowd(12, 3)
		defer w.close(nodes...)
		time.Sleep(30 * time.Second) // of the bubble
		for i, n := range nodes {
			put(t, n, fmt.Sprintf("c/from-%d", i), `{"n":1}`)
		}
		for _, n := range nodes {
			by := states(t, n)
			if live := by[node.InSync] + by[node.Syncing]; live < 1 || live > 3+3 || by[node.Passive] < 4 {
				t.Errorf("%s: %v", n.Name(), by)
			}
		}
		for _, n := range nodes {
			for i := range nodes {
				awaitKey(t, n, fmt.Sprintf("c/from-%d", i))
			}
		}
		w.converge(nodes...)
	})
}

func TestSyncVisitsWhoIsPassive(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.crowd(8, 2)
		defer w.close(nodes...)
		put(t, nodes[0], "c/k", `{"n":1}`)
		time.Sleep(20 * time.Second) // of the bubble
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, other := range nodes[1:] {
			r, err := nodes[0].Sync(ctx, other.Name())
			if err != nil || len(r.Peers) != 1 || !r.Peers[0].Converged {
				t.Fatalf("sync with %s: %+v, %v", other.Name(), r, err)
			}
			if err := nodes[0].WaitConverged(ctx, node.WaitOptions{Peers: []string{other.Name()}}); err != nil {
				t.Fatalf("wait for %s: %v", other.Name(), err)
			}
		}
		r, err := nodes[0].Sync(ctx)
		if err != nil || len(r.Peers) == 0 || len(r.Peers) > 4 {
			t.Errorf("sync with those that are connected: %+v, %v", r, err)
		}
	})
}

func TestSessionsOption(t *testing.T) {
	for _, k := range []int{-1, node.MaxSessions + 1, 1 << 30} {
		_, err := node.Open(t.Context(), node.Options{Sessions: k})
		var bad *node.OptionError
		if !errors.As(err, &bad) || bad.Field != "Sessions" {
			t.Errorf("%d sessions: error %v", k, err)
		}
	}
}

// TestHalfTheCrowdLeaves: those who stay find each other, and what they write
// reaches all of them.
func TestHalfTheCrowdLeaves(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.crowd(12, 3)
		put(t, nodes[0], "c/before", `{"n":1}`)
		for _, n := range nodes {
			awaitKey(t, n, "c/before")
		}
		w.close(nodes[:6]...)
		rest := nodes[6:]
		defer w.close(rest...)
		for i, n := range rest {
			put(t, n, fmt.Sprintf("c/after-%d", i), `{"n":1}`)
		}
		for _, n := range rest {
			for i := range rest {
				awaitKey(t, n, fmt.Sprintf("c/after-%d", i))
			}
		}
	})
}
