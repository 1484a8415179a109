package libp2p

import (
	"context"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/time/rate"

	"github.com/crdtstore/crdtstore/p2p"
)

// link is what we know of one libp2p connection.
type link struct {
	conn    network.Conn
	peer    peer.ID
	dialled bool          // by us, so that we prove first
	local   bool          // both ends are on this machine
	decided chan struct{} // closed when the proof is over
	settled chan struct{} // closed when it carries the Conn, or has ended
	gone    chan struct{} // closed when it has ended
	gossip  *rate.Limiter // of its messages about peers

	// under Network.mu
	proving bool
	proven  bool
	failed  bool // its proof did
	boot    boot // of the peer, once proven
	member  *conn
	ended   bool
	timer   *time.Timer // closes a connection that goes nowhere
}

// close closes the connection; disconnected does the rest.
func (l *link) close() { _ = l.conn.Close() }

// connected makes the link of a new connection and starts its proof.
func (n *Network) connected(c network.Conn) {
	if c.Stat().Limited || n.isRelay(c.RemotePeer()) {
		return // serves only to meet: no member stream runs over it
	}
	l := &link{
		conn: c, peer: c.RemotePeer(), dialled: c.Stat().Direction == network.DirOutbound,
		local:   manet.IsIPLoopback(c.RemoteMultiaddr()),
		decided: make(chan struct{}), settled: make(chan struct{}), gone: make(chan struct{}),
		gossip: rate.NewLimiter(1, 64),
	}
	n.mu.Lock()
	if n.closed || n.links[c] != nil {
		n.mu.Unlock()
		return
	}
	n.links[c] = l
	l.timer = time.AfterFunc(n.Proof, func() { n.spawn(func() { n.expire(l) }) })
	n.mu.Unlock()
	if c.IsClosed() {
		n.disconnected(c)
		return
	}
	if l.dialled {
		n.spawn(func() { n.prove(l) })
	}
}

// expire closes a connection that has not come to its next step in time.
func (n *Network) expire(l *link) {
	n.mu.Lock()
	proven, carries := l.proven, l.member != nil
	n.mu.Unlock()
	switch {
	case carries:
	case proven:
		l.close()
	default:
		n.fail(l, context.DeadlineExceeded)
	}
}

// disconnected forgets the link of a connection that has ended.
func (n *Network) disconnected(c network.Conn) {
	n.mu.Lock()
	l := n.links[c]
	if l == nil {
		n.mu.Unlock()
		return
	}
	delete(n.links, c)
	l.ended = true
	close(l.gone)
	l.timer.Stop()
	if !l.proven {
		closeOnce(l.decided)
	}
	member := l.member
	if member == nil {
		closeOnce(l.settled)
	}
	n.mu.Unlock()
	if member != nil {
		member.end(&p2p.CloseError{Reason: p2p.ReasonLost})
		n.over(member)
	}
}

// closeOnce closes a channel that several may close; Network.mu is held.
func closeOnce(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// linkOf finds the link of a connection; nil if it has none or has ended.
func (n *Network) linkOf(c network.Conn) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.links[c]
}

// linksTo lists the open links to a peer.
func (n *Network) linksTo(id peer.ID) []*link {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []*link
	for _, l := range n.links {
		if l.peer == id {
			out = append(out, l)
		}
	}
	return out
}

// passed waits until the proof of a link is over and says if it succeeded. It
// is the gate in front of every stream handler but the proof's own.
func (n *Network) passed(l *link) bool {
	if l == nil {
		return false
	}
	select {
	case <-l.decided:
	case <-n.ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return l.proven && !l.ended && !n.closed
}

func (n *Network) isRelay(id peer.ID) bool {
	for _, r := range n.relays {
		if r.ID == id {
			return true
		}
	}
	return false
}
