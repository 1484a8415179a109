package libp2p

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/internal/roster"
)

// session is what we have with one peer, over all its links; under Network.mu.
type session struct {
	conn    *conn // the Conn handed out, nil when there is none
	opening *link // where we are opening the member stream
}

// opener tells whether it is up to us to open the member stream.
func (n *Network) opener(to peer.ID) bool { return n.self < to }

// admit notes that the peer of a link has proven the secret, closes what is
// left of its former life, and opens the member stream if that is up to us.
func (n *Network) admit(l *link, theirs boot) {
	n.mu.Lock()
	if l.ended || l.proven || n.closed {
		n.mu.Unlock()
		return
	}
	l.proven, l.boot = true, theirs
	l.timer.Reset(n.Proof)
	closeOnce(l.decided)
	var stale []*link
	for _, other := range n.links {
		if other.peer == l.peer && other.proven && other.boot != theirs {
			stale = append(stale, other)
		}
	}
	n.mu.Unlock()
	for _, other := range stale {
		n.supersede(other)
	}
	if n.opener(l.peer) {
		n.spawn(func() { n.openMember(l) })
	}
}

// supersede ends a link to a former life of a peer.
func (n *Network) supersede(l *link) {
	n.mu.Lock()
	member := l.member
	n.mu.Unlock()
	if member != nil {
		member.end(&p2p.CloseError{Reason: p2p.ReasonReplaced})
		n.over(member)
	}
	l.close()
}

// openMember opens the member stream on a link, if there is none yet.
func (n *Network) openMember(l *link) {
	n.mu.Lock()
	s := n.session(l.peer)
	if s.conn != nil && s.conn.err() == nil || s.opening != nil || l.ended || n.closed {
		n.mu.Unlock()
		return
	}
	s.opening = l
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(n.ctx, n.Proof)
	defer cancel()
	stream, err := open(ctx, l.conn, n.protocol)
	n.mu.Lock()
	s.opening = nil
	n.mu.Unlock()
	if err == nil {
		n.up(l, stream)
		return
	}
	n.Logger.Debug("open member stream", "peer", l.peer, "err", err)
	l.close()
	for _, other := range n.linksTo(l.peer) { // a link that had to wait for this one
		if other != l && other.isProven(n) {
			n.spawn(func() { n.openMember(other) })
			return
		}
	}
}

func (l *link) isProven(n *Network) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return l.proven && !l.ended
}

// handleMember takes the member stream that the peer opened.
func (n *Network) handleMember(s network.Stream) {
	l := n.linkOf(s.Conn())
	if n.opener(s.Conn().RemotePeer()) || !n.passed(l) {
		_ = s.Reset()
		return
	}
	n.up(l, s)
}

// up hands out the Conn on a member stream, in place of one that is left from
// before: the opener opens a new one only when the old one is gone for it.
func (n *Network) up(l *link, s network.Stream) {
	c := newConn(n, l, s)
	n.mu.Lock()
	if l.ended || n.closed || l.member != nil {
		n.mu.Unlock()
		_ = s.Reset()
		return
	}
	l.member = c
	l.timer.Stop()
	n.session(l.peer).conn = c
	replaced := n.roster.Up(c.peer, c)
	closeOnce(l.settled)
	n.mu.Unlock()
	n.host.ConnManager().Protect(l.peer, "member")
	if replaced != nil {
		replaced.(*conn).abandon(p2p.ReasonReplaced)
	}
	n.spawn(func() { n.greet(l) })
}

// over forgets a Conn that has ended.
func (n *Network) over(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.sessions[c.link.peer]
	if s == nil || s.conn != c {
		return
	}
	s.conn = nil
	if s.opening == nil {
		delete(n.sessions, c.link.peer)
	}
	n.host.ConnManager().Unprotect(c.link.peer, "member")
}

// session finds or makes the session with a peer; n.mu is held.
func (n *Network) session(id peer.ID) *session {
	s := n.sessions[id]
	if s == nil {
		s = &session{}
		n.sessions[id] = s
	}
	return s
}

// try is one attempt to reach a peer: over the link there is, or a new one. It
// is over when the link carries the Conn or has ended.
func (n *Network) try(ctx context.Context, t roster.Target) {
	id, err := peer.Decode(t.Peer)
	if err != nil {
		n.roster.Unreachable(t.Peer, t.Addrs, fmt.Sprintf("not a peer id: %v", err))
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 3*n.Proof)
	defer cancel()
	l, err := n.reach(ctx, id, t.Addrs)
	if err != nil {
		if n.ctx.Err() == nil {
			n.roster.Unreachable(t.Peer, t.Addrs, dialReason(err))
		}
		return
	}
	select {
	case <-l.settled:
	case <-ctx.Done():
	}
}

// reach finds the link to a peer, or dials.
func (n *Network) reach(ctx context.Context, id peer.ID, addrs []string) (*link, error) {
	for _, l := range n.linksTo(id) {
		if !n.waning(l) {
			return l, nil
		}
		select { // else DialPeer would find it again
		case <-l.gone:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	ps := n.host.Peerstore()
	ps.ClearAddrs(id)
	for _, text := range addrs {
		if of, a, err := parse(text); err == nil && of == id {
			ps.AddAddr(id, a, peerstore.TempAddrTTL)
		}
	}
	if s, ok := n.host.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(id) // we keep our own
	}
	dial, cancel := context.WithTimeout(ctx, n.Proof)
	defer cancel()
	c, err := n.host.Network().DialPeer(dial, id)
	if err != nil {
		return nil, err
	}
	if l := n.linkOf(c); l != nil {
		return l, nil
	}
	return nil, errors.New("the peer hung up")
}

// waning tells whether a link only waits for the end of its Conn to be read.
func (n *Network) waning(l *link) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return l.member != nil && l.member.err() != nil
}

// dialReason is one line out of the many of a failed dial.
func dialReason(err error) string {
	var dial *swarm.DialError
	if !errors.As(err, &dial) || len(dial.DialErrors) == 0 {
		return err.Error()
	}
	reason := ""
	for i, e := range dial.DialErrors {
		if i > 0 {
			reason += "; "
		}
		reason += fmt.Sprintf("%s: %v", e.Address, root(e.Cause))
	}
	return reason
}

// root is the innermost error: "connection refused" without the wrapping.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
