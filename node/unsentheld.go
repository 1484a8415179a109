package node

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// maxWitnessed is how many peers are remembered of which there is nothing but what they were
// seen to hold: those that were here last.
const maxWitnessed = 64

// witnessed is what a peer was seen to hold, in this run or an earlier one. The
// knowledge is never changed, only replaced.
type witnessed struct {
	seen time.Time // when it was last here
	held map[string]crdt.Knowledge
}

// trusted is what of the knowledge that a peer has shown says that it has the documents that
// this node has. What this node has written as an incarnation that it has left may have been
// written otherwise under the same numbers by a copy of its store: of that only counts what both
// sides have shown one root of.
func (n *Node) trusted(shown, proven crdt.Knowledge) crdt.Knowledge {
	if n.docs.Incarnations() < 2 {
		return shown
	}
	current := n.docs.Replica()
	left := func(r crdt.ReplicaID) bool { return r != current && n.docs.IsOwn(r) }
	if !slices.ContainsFunc(shown.Max().Replicas(), left) {
		return shown
	}
	var sure crdt.Knowledge
	crdt.Overlay(shown, proven, func(from, to string, s, p crdt.VersionVector) {
		var v crdt.VersionVector
		for r, counter := range s.All() {
			if left(r) {
				counter = min(counter, p.Counter(r))
			}
			if counter > 0 {
				v.Set(r, counter)
			}
		}
		sure = sure.Raise(from, to, crdt.VersionVector{}, v)
	})
	return sure
}

// prove notes what both sides hold of a collection, for sure. It is of use only where this
// node has been another one before.
func (s *session) prove(collection string) {
	if s.node.docs.Incarnations() < 2 {
		return
	}
	if k, ok := s.machine.Proven(collection); ok {
		p := s.peer
		p.mu.Lock()
		defer p.mu.Unlock()
		p.proven = united(p.proven, map[string]crdt.Knowledge{collection: k})
	}
}

// evidence is what the peer was seen to hold in this run, and when it was last here; nothing if
// its session does not tell.
func (c *custody) evidence(ctx context.Context, p *peer) (held map[string]crdt.Knowledge, seen time.Time) {
	p.mu.Lock()
	held, seen = p.shown, p.seen
	proven, live := p.proven, p.session
	p.mu.Unlock()
	if live != nil {
		now, ok := live.shown(ctx)
		if !ok {
			return nil, seen
		}
		held, seen = united(held, now), c.node.options.Clock()
	}
	sure, earlier := make(map[string]crdt.Knowledge, len(held)), c.earlier[p.id]
	for name, k := range held {
		sure[name] = c.node.trusted(k, earlier[name].Merge(proven[name]))
	}
	return sure, seen
}

// gather looks at what peers hold now, and reports of which collections that has changed.
func (c *custody) gather(ctx context.Context) (changed map[string]bool) {
	changed = map[string]bool{}
	here := map[string]bool{}
	for _, p := range c.node.mesh.all() {
		held, seen := c.evidence(ctx, p)
		if here[p.id] = true; len(held) == 0 {
			continue
		}
		w := c.peers[p.id]
		if w == nil {
			w = &witnessed{held: map[string]crdt.Knowledge{}}
			c.peers[p.id] = w
		}
		w.seen = seen
		for name, k := range held {
			if old, ok := w.held[name]; !ok || !old.Equal(k) {
				w.held[name], changed[name] = k, true
			}
		}
	}
	for _, id := range c.newest()[min(maxWitnessed, len(c.peers)):] {
		if !here[id] {
			for name := range c.peers[id].held {
				changed[name] = true
			}
			delete(c.peers, id)
		}
	}
	return changed
}

// newest are the PeerIDs, who was here last first.
func (c *custody) newest() []string {
	return slices.SortedFunc(maps.Keys(c.peers), func(a, b string) int {
		return cmp.Or(c.peers[b].seen.Compare(c.peers[a].seen), cmp.Compare(a, b))
	})
}

// held is what these peers hold of a collection, between them.
func (c *custody) held(peers []string, collection string) (held crdt.Knowledge) {
	for _, id := range peers {
		held = held.Merge(c.peers[id].held[collection])
	}
	return held
}
