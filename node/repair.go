package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// repair looks, beside the session, for the reason why two replicas with the
// same knowledge hold different content (Law I).
func (n *Node) repair(peer string, d antientropy.Diverged) {
	n.beside(peer, d.Collection, func(ctx context.Context) error {
		for _, key := range d.Keys {
			findings, err := n.docs.VerifyRange(d.Collection, key, key+"\x00")
			if err != nil {
				return err
			}
			if len(findings) == 0 {
				n.sink.incident(IncidentEvent{Kind: Diverged, Peer: peer, Collection: d.Collection, Key: key,
					Detail: "content differs from the peer's, and is undamaged here"})
			}
			if err := n.heal(ctx, peer, d.Collection, findings); err != nil {
				return err
			}
		}
		return nil
	})
}

// saw looks at an error of the store: damage in a collection starts, beside
// whatever met it, a check of the whole collection, unless one is running.
func (n *Node) saw(err error) {
	var d *storage.DamagedError
	if !errors.As(err, &d) || d.Collection == "" {
		return
	}
	if _, running := n.repairing.LoadOrStore(d.Collection, true); running {
		return
	}
	n.beside("", d.Collection, func(ctx context.Context) error {
		defer n.repairing.Delete(d.Collection)
		findings, err := n.docs.VerifyRange(d.Collection, "", "")
		if err != nil {
			return err
		}
		return n.heal(ctx, "", d.Collection, findings)
	})
}

// beside runs a repair in a goroutine of its own; its failure is an incident.
func (n *Node) beside(peer, collection string, fn func(context.Context) error) {
	n.spawn(func() {
		if err := fn(n.life); err != nil && n.life.Err() == nil {
			n.sink.incident(IncidentEvent{Kind: Damage, Peer: peer, Collection: collection, Detail: "repair: " + err.Error()})
		}
	})
}

// heal gives up what is damaged: its documents become unknown here, and
// ordinary drains bring them back (Law I). While no peer is there to bring
// them, they stay as they are: damaged, and so an error to read, is more honest
// than absent. A damaged tree is made again.
func (n *Node) heal(ctx context.Context, peer, collection string, findings []storage.Finding) error {
	var keys []string
	tree := false
	for _, f := range findings {
		n.sink.incident(IncidentEvent{Kind: Damage, Peer: peer, Collection: collection, Key: f.Key, Detail: f.String()})
		switch {
		case f.Problem == storage.ProblemTree:
			tree = true
		case len(keys) == 0 || keys[len(keys)-1] != f.Key:
			keys = append(keys, f.Key)
		}
	}
	if tree {
		err := n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
			b.begin()
			return b.RebuildTree(collection)
		}})
		if err != nil {
			return err
		}
	}
	if n.mesh == nil || len(n.mesh.live()) == 0 {
		return nil
	}
	for _, key := range keys {
		if err := n.forfeit(ctx, collection, key, key+"\x00"); err != nil {
			return err
		}
	}
	if len(keys) > 0 {
		n.resetSessions(fmt.Sprintf("%d damaged documents of %s were given up", len(keys), collection))
	}
	return nil
}

// forfeit makes the keys [from, to) unknown here.
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
	n.sink.incident(IncidentEvent{Kind: Clone, Peer: peer, Collection: o.Collection,
		Detail: fmt.Sprintf("the peer counts %d changes of this node, more than it has made", o.Counter)})
	was := n.docs.Replica()
	n.beside(peer, o.Collection, func(ctx context.Context) error {
		err := n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
			if b.replica() != was {
				return nil // another session has seen the same
			}
			b.begin()
			return b.Renew()
		}})
		if errors.Is(err, ErrClosed) {
			return nil
		}
		n.renewed("a peer knows more changes of this node than it has made")
		return err
	})
}

// resetSessions ends all sessions: what their peers assume of this node does
// not hold any more. They connect again.
func (n *Node) resetSessions(why string) {
	for _, s := range n.mesh.live() {
		s.tell(antientropy.Stop{Reason: antientropy.ReasonReset, Detail: why})
	}
}
