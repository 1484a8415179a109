package libp2p

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/multiformats/go-multistream"

	"github.com/crdtstore/crdtstore/p2p"
)

const proofProtocol = protocol.ID("/crdtstore/member/1")

// open opens a stream of a protocol on exactly this connection.
func open(ctx context.Context, c network.Conn, id protocol.ID) (network.Stream, error) {
	s, err := c.NewStream(ctx)
	if err != nil {
		return nil, err
	}
	if limit, ok := ctx.Deadline(); ok {
		_ = s.SetDeadline(limit)
	}
	if err := s.SetProtocol(id); err != nil {
		_ = s.Reset()
		return nil, err
	}
	if err := multistream.SelectProtoOrFail(id, s); err != nil {
		_ = s.Reset()
		return nil, err
	}
	_ = s.SetDeadline(time.Time{})
	return s, nil
}

// prove is the proof of a connection that we dialled.
func (n *Network) prove(l *link) {
	ctx, cancel := context.WithTimeout(n.ctx, n.Proof)
	defer cancel()
	s, err := open(ctx, l.conn, proofProtocol)
	if err != nil {
		n.fail(l, err)
		return
	}
	defer s.Reset()
	limit, _ := ctx.Deadline()
	_ = s.SetDeadline(limit)
	p := prover{secret: n.Secret, from: n.self, to: l.peer, boot: n.boot}
	_, _ = rand.Read(p.nonce[:])
	theirs, err := p.initiate(s)
	if err != nil {
		n.fail(l, err)
		return
	}
	n.admit(l, theirs)
}

// handleProof is the proof of a connection that the peer dialled. It is the
// one handler that serves peers that have not proven anything yet.
func (n *Network) handleProof(s network.Stream) {
	defer s.Reset()
	l := n.linkOf(s.Conn())
	if l == nil || l.dialled || !n.begin(l) {
		return
	}
	_ = s.SetDeadline(time.Now().Add(n.Proof))
	p := prover{secret: n.Secret, from: l.peer, to: n.self, boot: n.boot}
	_, _ = rand.Read(p.nonce[:])
	err := p.respond(s, func(theirs boot) { n.admit(l, theirs) })
	if err == nil || errors.Is(err, errSecret) {
		// Let the last message arrive before the stream, or the connection,
		// is closed.
		_ = s.CloseWrite()
		_ = s.SetReadDeadline(time.Now().Add(n.parting))
		_, _ = io.Copy(io.Discard, io.LimitReader(s, 1))
	}
	if err != nil {
		n.fail(l, err)
	}
}

// begin allows one proof for each connection.
func (n *Network) begin(l *link) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l.proving || n.closed {
		return false
	}
	l.proving = true
	return true
}

// fail closes a connection whose proof did not succeed, and says why: the peer
// is refused if it was at fault, unreachable if the network was. What is found first
// counts: to close the connection breaks off what else is going on there.
func (n *Network) fail(l *link, err error) {
	n.mu.Lock()
	over := l.proven || l.failed || l.ended && !errors.Is(err, errSecret) || n.closed
	l.failed = true
	if !l.proven {
		closeOnce(l.decided)
	}
	n.mu.Unlock()
	defer l.close()
	if over {
		return
	}
	peer, reason := l.peer.String(), ""
	switch {
	case errors.Is(err, errSecret), errors.Is(err, errProof):
		reason = err.Error()
	case errors.As(err, new(multistream.ErrNotSupported[protocol.ID])):
		reason = "does not speak crdtstore"
	case n.roster.Member(peer): // it can do better: it went away, or the network did
	case timedOut(err):
		reason = p2p.ReasonNoProof
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, network.ErrReset) && !l.conn.IsClosed():
		reason = "broke off the membership proof"
	}
	if reason == "" {
		n.roster.Unreachable(peer, full(l.peer, []ma.Multiaddr{l.conn.RemoteMultiaddr()}), fmt.Sprintf("the connection broke during the membership proof: %v", err))
		return
	}
	n.Logger.Info("peer refused", "peer", peer, "reason", reason)
	if old := n.roster.Refuse(peer, reason); old != nil {
		_ = old.Close(reason)
	}
}

// timedOut reports whether a deadline has passed. Not every stream says so with
// os.ErrDeadlineExceeded.
func timedOut(err error) bool {
	var limit net.Error
	return errors.As(err, &limit) && limit.Timeout()
}
