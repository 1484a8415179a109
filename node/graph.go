package node

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/view"
)

// graph is this node's place in the graph of sessions: it tells the view what
// happens on the network, and does what the view says.
type graph struct {
	mesh *mesh
	net  p2p.Network

	mu    sync.Mutex
	view  *view.View
	links map[string]*link // the open connections, by peer
}

// viewTick is how often the view is told that time has passed.
const viewTick = time.Second

// ownAddrsEvery is after how many ticks the own addresses are looked at.
const ownAddrsEvery = 30

// newGraph takes over whom an endpoint keeps connections to.
func newGraph(m *mesh, net p2p.Network) *graph {
	net.Want("", false)
	var seed [16]byte
	crand.Read(seed[:])
	return &graph{
		mesh: m, net: net, links: map[string]*link{},
		view: view.New(view.Options{
			Self: net.Self(), Active: m.node.options.Sessions,
			Rand: rand.New(rand.NewPCG(binary.LittleEndian.Uint64(seed[:]), binary.LittleEndian.Uint64(seed[8:]))),
		}),
	}
}

// run tells the view the time until ctx ends.
func (g *graph) run(ctx context.Context) {
	ticker := time.NewTicker(viewTick)
	defer ticker.Stop()
	for n := 0; ; n++ {
		if n%ownAddrsEvery == 0 {
			g.knows(g.net.Self(), g.net.Addrs())
		}
		g.step(view.Tick{})
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// add makes peers known by addresses that somebody vouches for: the user, a
// former run, or an invite.
func (g *graph) add(addrs ...string) error {
	if err := g.net.Add(addrs...); err != nil {
		return err
	}
	for _, a := range addrs {
		if at := strings.LastIndex(a, "/p2p/"); at >= 0 {
			g.knows(a[at+len("/p2p/"):], []string{a})
		}
	}
	return nil
}

// knows tells the view where a peer lives.
func (g *graph) knows(peer string, addrs []string) {
	g.step(view.Known{Peers: []view.Entry{{Peer: peer, Addrs: addrs}}})
}

// step tells the view of something, and does what it says.
func (g *graph) step(in view.Input) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stepped(in)
}

// stepped is step under the lock.
func (g *graph) stepped(in view.Input) {
	for _, o := range g.view.Step(time.Now(), in) {
		g.do(o)
	}
}

// do carries out one output of the view. Nothing of it blocks.
func (g *graph) do(o view.Output) {
	switch o := o.(type) {
	case view.Connect:
		g.net.Want(o.Peer, true, o.Addrs...)
	case view.Disconnect:
		g.net.Want(o.Peer, false)
		if l := g.links[o.Peer]; l != nil {
			l.Close(o.Reason)
		}
	case view.Cut:
		g.net.Want(o.Peer, false)
		if l := g.links[o.Peer]; l != nil {
			l.Cut(o.Reason)
		}
	case view.Send:
		if l := g.links[o.Peer]; l != nil {
			l.put(o.Message)
		}
	case view.Offer:
		if l := g.links[o.Peer]; l != nil {
			l.offer()
		}
	case view.Begin:
		if l := g.links[o.Peer]; l != nil {
			l.agree(o.Visit)
			g.net.Want(o.Peer, !o.Visit) // the end of a visit is no failure
		}
	}
}

// up notes a new connection.
func (g *graph) up(c p2p.Conn) *link {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := newLink(g, c)
	g.links[c.Peer()] = l
	g.stepped(view.Up{Peer: c.Peer()})
	return l
}

// down notes that the last connection to a peer has ended. One that speaks another
// version of the protocol is kept out for a while, whichever side has noticed, and
// however far they had come.
func (g *graph) down(peer, reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.links[peer]
	delete(g.links, peer)
	g.stepped(view.Down{Peer: peer})
	if l != nil && reason == WhyWrongVersion {
		l.Cut(reason)
	}
}

// received hands a message about neighbours to the view.
func (g *graph) received(l *link, message []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.links[l.Peer()] == l {
		g.stepped(view.Received{Peer: l.Peer(), Message: message})
	}
}

// state is how the view stands to a peer, and whether it has as many sessions
// as it may have.
func (g *graph) state(peer string) (s view.State, full bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.view.State(peer), g.view.Full()
}
