package libp2p

import (
	"context"
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"

	"github.com/crdtstore/crdtstore/p2p/internal/roster"
)

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
