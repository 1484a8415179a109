package libp2p

import (
	"context"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/crdtstore/crdtstore/p2p"
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
	if err == nil && n.up(l, stream) {
		return
	}
	n.mu.Lock()
	s.opening = nil
	n.mu.Unlock()
	n.Logger.Debug("open member stream", "peer", l.peer, "err", err)
	l.close()
	n.resume(l.peer, l)
}

// resume opens the member stream on a link, other than last, that was proven
// while last carried the Conn, or was about to: a peer that comes back may be
// here before the end of its last connection is.
func (n *Network) resume(with peer.ID, last *link) {
	if !n.opener(with) {
		return
	}
	for _, l := range n.linksTo(with) {
		if l != last && l.isWaiting(n) {
			n.spawn(func() { n.openMember(l) })
			return
		}
	}
}

func (l *link) isWaiting(n *Network) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return l.proven && !l.ended && l.member == nil
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
// before: the opener opens a new one only when the old one is gone for it. It
// ends the opening in the same moment, so that another link finds either of
// the two. It reports false if the link has ended in between.
func (n *Network) up(l *link, s network.Stream) bool {
	c := newConn(n, l, s)
	n.mu.Lock()
	if l.ended || n.closed || l.member != nil {
		n.mu.Unlock()
		_ = s.Reset()
		return false
	}
	l.member = c
	l.timer.Stop()
	with := n.session(l.peer)
	with.conn, with.opening = c, nil
	replaced := n.roster.Up(c.peer, c)
	closeOnce(l.settled)
	n.mu.Unlock()
	n.host.ConnManager().Protect(l.peer, "member")
	if replaced != nil {
		replaced.(*conn).abandon(p2p.ReasonReplaced)
	}
	n.spawn(func() { n.greet(l) })
	return true
}

// over forgets a Conn that has ended.
func (n *Network) over(c *conn) {
	n.mu.Lock()
	s := n.sessions[c.link.peer]
	if s == nil || s.conn != c {
		n.mu.Unlock()
		return
	}
	s.conn = nil
	if s.opening == nil {
		delete(n.sessions, c.link.peer)
	}
	n.mu.Unlock()
	n.host.ConnManager().Unprotect(c.link.peer, "member")
	n.resume(c.link.peer, c.link)
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
