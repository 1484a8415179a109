package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// What TestAsNode does: so many peers, of which the first makes so many writes
// at a distance.
const (
	likePeers  = 5
	likeWrites = 40
	likeEvery  = 130 * time.Millisecond
	likeDelay  = 10 * time.Millisecond
)

// TestAsNode does the same with real nodes, in a bubble of simulated time, and
// here: it must cost about the same messages and bytes. Nodes take no time to
// compute there, and chance decides differently.
func TestAsNode(t *testing.T) {
	messages, bytes := likeNodes(t)
	w := newWorld(Options{Peers: likePeers, Latency: 2 * likeDelay, Commit: 1, Sync: 1}.withDefaults())
	for _, p := range w.peers {
		p.x, p.y = 0, 0
	}
	w.load()
	w.begin()
	w.await(time.Second, w.together, w.whatIsMissing)
	w.runUntil(w.now + 5*time.Second)
	before := w.cost
	for i := range likeWrites {
		w.peers[0].put(keyOf(i))
		w.runUntil(w.now + likeEvery)
	}
	w.await(time.Second, w.same, w.whatIsMissing)
	w.runUntil(w.now + 3*time.Second)
	c := w.cost.Since(before)
	t.Logf("nodes: %d messages, %d bytes; here: %d messages, %d bytes", messages, bytes, c.Messages, c.Bytes)
	for _, x := range []struct {
		what       string
		here, real int64
	}{{"messages", c.Messages, messages}, {"bytes", c.Bytes, bytes}} {
		if x.here < x.real*85/100 || x.here > x.real*115/100 {
			t.Errorf("%d %s here, %d between nodes", x.here, x.what, x.real)
		}
	}
}

// likeNodes is what it costs real nodes.
func likeNodes(t *testing.T) (messages, bytes int64) {
	bubble.Test(t, func(t *testing.T) {
		ctx := t.Context()
		hub := network.New(1)
		hub.SetLatency(likeDelay, likeDelay)
		var nodes []*node.Node
		for i := range likePeers {
			name := fmt.Sprintf("p%04d", i)
			n, err := node.Open(ctx, node.Options{Name: name, Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
				return hub.Start(network.Options{Self: name, Secret: c.Secret})
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			nodes = append(nodes, n)
		}
		invite, err := nodes[0].Invite(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes[1:] {
			if err := n.Join(ctx, invite); err != nil {
				t.Fatal(err)
			}
		}
		rng := rand.New(rand.NewPCG(1, 1))
		put := func(key string) {
			var b strings.Builder
			for b.Len() < 150 {
				b.WriteByte(letters[rng.IntN(len(letters))])
			}
			body := fmt.Sprintf(`{"number":%d,"done":true,"name":%q}`, rng.IntN(1e9), b.String())
			if _, err := nodes[0].Collection(collection).Put(ctx, key, []byte(body), node.PutOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Second) // who is connected to whom is settled
		first := traffic(t, nodes)
		for i := range likeWrites {
			put(keyOf(i))
			time.Sleep(likeEvery)
		}
		time.Sleep(4 * time.Second)
		last := traffic(t, nodes)
		messages, bytes = last.MessagesSent-first.MessagesSent, last.BytesSent-first.BytesSent
	})
	return messages, bytes
}

// traffic is what nodes have sent.
func traffic(t *testing.T, nodes []*node.Node) (sum node.Traffic) {
	for _, n := range nodes {
		s, err := n.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sum.MessagesSent += s.Traffic.MessagesSent
		sum.BytesSent += s.Traffic.BytesSent
	}
	return sum
}
