package node

import (
	"context"
	"errors"
	"fmt"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// repair looks, beside the session, for the reason why two replicas with the
// same knowledge hold different content (Law I): documents that are damaged
// here are forfeited, and ordinary drains bring them back.
func (n *Node) repair(peer string, d antientropy.Diverged) {
	n.loops.Go(func() {
		if err := n.repairKeys(n.life, peer, d); err != nil && n.life.Err() == nil {
			n.sink.incident(IncidentEvent{Kind: "damage", Peer: peer, Collection: d.Collection, Detail: "repair: " + err.Error()})
		}
	})
}

func (n *Node) repairKeys(ctx context.Context, peer string, d antientropy.Diverged) error {
	lost := 0
	for _, key := range d.Keys {
		findings, err := n.docs.VerifyRange(d.Collection, key, key+"\x00")
		if err != nil {
			return err
		}
		kind, detail := "diverged", "content differs from the peer's, and is undamaged here"
		if len(findings) > 0 {
			kind, detail = "damage", findings[0].String()
		}
		n.sink.incident(IncidentEvent{Kind: kind, Peer: peer, Collection: d.Collection, Key: key, Detail: detail})
		if len(findings) == 0 {
			continue
		}
		if err := n.forfeit(ctx, d.Collection, key, key+"\x00"); err != nil {
			return err
		}
		lost++
	}
	if lost > 0 {
		n.resetSessions(fmt.Sprintf("%d damaged documents of %s were given up", lost, d.Collection))
	}
	return nil
}

// forfeit makes keys [from, to) unknown here.
func (n *Node) forfeit(ctx context.Context, collection, from, to string) error {
	err := n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
		b.begin()
		if err := b.Forfeit(collection, from, to); err != nil {
			return err
		}
		b.changed(collection, 1)
		return nil
	}})
	if err == nil {
		n.renewed("damaged documents were given up")
	}
	return err
}

// overtaken takes a new incarnation: a peer knows more of this node's own
// changes than the node, so its store is not their only continuation (Law F).
func (n *Node) overtaken(peer string, o antientropy.Overtaken) {
	n.sink.incident(IncidentEvent{Kind: "clone", Peer: peer, Collection: o.Collection,
		Detail: fmt.Sprintf("the peer counts %d changes of this node, more than it has made", o.Counter)})
	n.loops.Go(func() {
		was := n.docs.Replica()
		err := n.writer.do(&task{ctx: n.life, run: func(b *batch) error {
			if b.replica() != was {
				return nil // another session has seen the same
			}
			b.begin()
			return b.Renew()
		}})
		if err != nil && !errors.Is(err, ErrClosed) && n.life.Err() == nil {
			n.sink.incident(IncidentEvent{Kind: "clone", Peer: peer, Collection: o.Collection, Detail: "new incarnation: " + err.Error()})
		}
		n.renewed("a peer knows more changes of this node than it has made")
	})
}

// resetSessions ends all sessions: what their peers assume of this node does
// not hold any more. They connect again.
func (n *Node) resetSessions(why string) {
	if n.mesh == nil {
		return
	}
	for _, s := range n.mesh.live() {
		s.tell(antientropy.Stop{Reason: antientropy.ReasonReset, Detail: why})
	}
}
