package libp2p

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
)

// The peer exchange, version 1: one message on a stream of its own, from a
// member to a member: CBOR [[peer id, address…]…]. What a peer says of itself
// replaces what was known; what it says of others is worth a try, no more.
const (
	peersProtocol = protocol.ID("/crdtstore/peers/1")
	maxGossip     = 64 << 10 // bytes of a message
	maxGossiped   = 64       // peers in a message
)

var gossipDecoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		MaxArrayElements: maxGossiped, MaxNestedLevels: 4,
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// greet tells a new member where we are and whom we know, and the other
// members that it has come.
func (n *Network) greet(l *link) {
	members := n.roster.Members()
	delete(members, l.peer.String())
	message := [][]string{n.ourselves()}
	for id, addrs := range members {
		if len(message) < maxGossiped {
			message = append(message, append([]string{id}, addrs...))
		}
	}
	n.gossip(l, message)
}

// spread tells all members but one something.
func (n *Network) spread(message [][]string, except *link) {
	n.mu.Lock()
	var to []*link
	for _, s := range n.sessions {
		if s.conn != nil && s.conn.link != except {
			to = append(to, s.conn.link)
		}
	}
	n.mu.Unlock()
	for _, l := range to {
		n.spawn(func() { n.gossip(l, message) })
	}
}

// ourselves is our own entry.
func (n *Network) ourselves() []string {
	addrs := n.Addrs()
	return append([]string{n.Self()}, addrs[:min(len(addrs), maxAddrs)]...)
}

// gossip sends one message; it is lost if the link is.
func (n *Network) gossip(l *link, message [][]string) {
	ctx, cancel := context.WithTimeout(n.ctx, n.Proof)
	defer cancel()
	b, err := cbor.Marshal(message)
	if err == nil {
		err = send(ctx, l, b)
	}
	if err != nil {
		n.Logger.Debug("peer exchange", "peer", l.peer, "err", err)
	}
}

func send(ctx context.Context, l *link, b []byte) error {
	if len(b) > maxGossip {
		return fmt.Errorf("message of %d bytes", len(b))
	}
	s, err := open(ctx, l.conn, peersProtocol)
	if err != nil {
		return err
	}
	defer s.Close()
	limit, _ := ctx.Deadline()
	_ = s.SetDeadline(limit)
	_, err = s.Write(b)
	return err
}

// handlePeers takes a message from a member. One that breaks the rules costs
// the sender its membership for a while.
func (n *Network) handlePeers(s network.Stream) {
	defer s.Reset()
	l := n.linkOf(s.Conn())
	if !n.passed(l) || !l.gossip.Allow() {
		return
	}
	_ = s.SetReadDeadline(time.Now().Add(n.Proof))
	b, err := io.ReadAll(io.LimitReader(s, maxGossip+1))
	if err != nil {
		return
	}
	var message [][]string
	if len(b) > maxGossip || gossipDecoding.Unmarshal(b, &message) != nil {
		n.cut(l.peer.String(), "sent a malformed list of peers")
		return
	}
	for _, entry := range message {
		if len(entry) > 1 {
			n.hear(l, entry[0], entry[1:])
		}
	}
}

// hear notes one entry of a message.
func (n *Network) hear(l *link, id string, addrs []string) {
	addrs = believable(id, addrs, l.local)
	switch {
	case len(addrs) == 0:
	case id == l.peer.String():
		if n.roster.Tell(id, addrs) {
			n.spread([][]string{append([]string{id}, addrs...)}, l)
		}
	default:
		n.roster.Hear(id, addrs)
	}
}

// watchAddrs notices when the machine changes networks: the members are told,
// mDNS starts anew, and whoever was out of reach is tried at once.
func (n *Network) watchAddrs() {
	ticker := time.NewTicker(n.look)
	defer ticker.Stop()
	last := n.ourselves()
	for {
		select {
		case <-ticker.C:
		case <-n.ctx.Done():
			return
		}
		now := n.ourselves()
		if slices.Equal(now, last) {
			continue
		}
		last = now
		if n.finder != nil {
			n.finder.restart()
		}
		n.spread([][]string{now}, nil)
		n.roster.Hurry()
	}
}
