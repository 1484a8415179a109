package node_test

import (
	"context"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// TestHowOftenTheyAreAsked counts the connections between a node, with the waits
// of a real one, and a peer with whom nothing comes of it.
func TestHowOftenTheyAreAsked(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector")
	}
	for name, x := range map[string]struct {
		do    func(*crook) // with each connection
		waits bool         // for the node to come; else it comes as often as it can
		first int          // connections in the first hour, at most
		six   int          // in six
	}{
		"another version":  {func(c *crook) { c.say(1, antientropy.Version+1) }, false, 8, 11},
		"a lie":            {func(c *crook) { c.hello(); c.raw([]byte{99}) }, false, 8, 11},
		"no answer":        {func(c *crook) { c.opens("c", crdt.Knowledge{}); c.hear(4) }, true, 25, 100},
		"nothing at all":   {func(*crook) {}, true, 75, 400},
		"messages lost":    {func(c *crook) { c.hello(); c.misses(1); c.say(11, 1) }, true, 30, 130},
		"gone immediately": {func(c *crook) { c.hello(); c.conn.Close("bored") }, true, 30, 130},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t)
				factory := func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
					return w.Start(network.Options{Self: "m", Secret: c.Secret})
				}
				n, err := node.Open(t.Context(), node.Options{Name: "m", Network: factory})
				ok(t, err)
				put(t, n, "c/a", `1`)
				c := intrude(t, w, n, "z")
				c.whenever(x.do)
				c.net.Want("m", !x.waits)
				x.do(c)
				time.Sleep(time.Hour)
				_, first := c.fate()
				time.Sleep(5 * time.Hour)
				_, six := c.fate()
				t.Logf("%d connections in the first hour, %d in six", first, six)
				if first > x.first || six > x.six {
					t.Errorf("at most %d and %d", x.first, x.six)
				}
				ok(t, c.net.Close())
				w.close(n)
			})
		})
	}
}

// The network knows the reason of a session whose peer does not answer.
func TestMuteIsKnown(t *testing.T) {
	if p2p.ReasonMute != string(antientropy.ReasonStoppedAnswering) {
		t.Error(p2p.ReasonMute)
	}
}
