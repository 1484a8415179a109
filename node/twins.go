package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// shownHead looks at a signed head of this node that a peer holds, before anything of
// the collection goes either way. If it is of another continuation of this node's
// past, the session ends, and the next one is of a new incarnation (Law F).
func (s *session) shownHead(o antientropy.Shown) {
	n := s.node
	c, err := n.docs.Compare(o.Collection, o.Head)
	switch {
	case errors.Is(err, storage.ErrUnsigned):
		s.step(antientropy.Stop{Reason: antientropy.ReasonUnsignedHead, Detail: err.Error()})
		return
	case err != nil:
		n.saw(s.peer.id, err)
		return
	case c == storage.Same:
		return
	}
	detail := fmt.Sprintf("the peer holds %d changes of this node, more than it has made", o.Head.Counter)
	if c == storage.Other {
		detail = fmt.Sprintf("the peer holds another change of this node under number %d than it has made", o.Head.Counter)
	}
	s.step(antientropy.Stop{Reason: antientropy.ReasonReset, Detail: detail})
	n.sink.incident(IncidentEvent{Kind: Clone, Peer: s.peer.id, Collection: o.Collection, Detail: detail})
	n.goOn(s.peer.id, o.Collection, o.Head.Replica(), detail, o.Head)
}

// goOn takes a new incarnation if the node still writes as was. What that has written
// stays, and that it is not the only continuation of its past, where heads show it.
func (n *Node) goOn(peer, collection string, was crdt.ReplicaID, reason string, proof ...crdt.SignedHead) {
	n.beside(peer, collection, func(ctx context.Context) error {
		err := n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
			b.begin()
			for _, h := range proof {
				if err := b.Forked(collection, h); err != nil {
					return err
				}
			}
			if b.replica() != was {
				return nil // another session has seen the same
			}
			return b.Renew()
		}})
		if errors.Is(err, ErrClosed) {
			return nil
		}
		n.anew(reason)
		return err
	})
}

// anew tells that the node counts under a new ReplicaID, and ends the sessions that
// take it for the old one.
func (n *Node) anew(reason string) {
	if n.renewed(reason); n.mesh != nil { // a bundle brings such news without a network
		n.endSessions(antientropy.ReasonReset, reason)
	}
}

// overtaken takes a new incarnation: a peer knows more of this node's own
// changes than the node, so its store is not their only continuation (Law F). It
// says so without a proof, which frames have to bring, so that is believed once: nobody
// can have counted further as one that was taken in this run.
func (n *Node) overtaken(peer string, o antientropy.Overtaken) {
	n.sink.incident(IncidentEvent{Kind: Clone, Peer: peer, Collection: o.Collection,
		Detail: fmt.Sprintf("the peer counts %d changes of this node, more than it has made", o.Counter)})
	if was := n.docs.Replica(); was == n.opened {
		n.goOn(peer, o.Collection, was, "a peer knows more changes of this node than it has made")
	}
}

// twins takes a new incarnation because a peer has met two processes under the
// PeerID of this node: their stores may be copies of one another. It says so without
// a proof, so that is believed once in a run.
func (s *session) twins() {
	n := s.node
	const detail = "the peer has met two processes under the identity of this one: the data directory was copied, and both are in use"
	n.sink.incident(IncidentEvent{Kind: Clone, Peer: s.peer.id, Detail: detail})
	if was := n.docs.Replica(); was == n.opened {
		n.goOn(s.peer.id, "", was, detail)
	}
}

// twin takes a new incarnation because somebody has signed changes with this node's
// device key, later than it writes as the present one, under an incarnation that it has
// never had: its store was copied, and the copy is in use. A store that was put
// back meets its earlier incarnations too, but those are older than the one it has
// taken for that.
func (n *Node) twin(peer, collection string) {
	const detail = "another node writes under the identity of this one: the data directory was copied, and both are in use"
	if was := n.docs.Replica(); was == n.opened {
		n.sink.incident(IncidentEvent{Kind: Clone, Peer: peer, Collection: collection, Detail: detail})
		n.goOn(peer, collection, was, detail)
	}
}

// skewOf is how far the clock of a peer is ahead of the one here, from what it
// said between sent and now. It is known to half a round trip.
func skewOf(said int64, sent, now time.Time) time.Duration {
	return time.UnixMilli(said).Sub(sent.Add(now.Sub(sent) / 2)).Round(time.Millisecond)
}

// skewed notes how far the peer's clock is ahead.
func (s *session) skewed(by time.Duration) {
	if s.peer.skewed(by) {
		s.node.sink.incident(IncidentEvent{Kind: Skewed, Peer: s.peer.id,
			Detail: fmt.Sprintf("its clock is %s the one here: one of the two is wrong", apart(by))})
	}
}
