package node

import (
	"context"
	"time"

	"github.com/crdtstore/crdtstore/p2p/view"
)

// maxVisit is how long a visit that somebody waits for lasts at most.
const maxVisit = 10 * time.Minute

// inStep tells the view that nothing is missing on either side of a visit. The
// peer names its collections one after the other when it has introduced itself,
// so that is looked at again a little later.
func (g *graph) inStep(s *session) {
	l, ok := s.conn.(*link)
	if !ok || !l.visiting() {
		return
	}
	time.AfterFunc(opening, func() {
		s.box.post(func() {
			if !s.met.IsZero() && s.machine.InSync() {
				g.step(view.InStep{Peer: s.peer.id})
			}
		})
	})
}

// hold makes sure that there are sessions with peers until release, or for
// maxVisit: those that are not neighbours are visited.
func (m *mesh) hold(ctx context.Context, peers []*peer) (release func()) {
	d, g := maxVisit, m.now()
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	for _, p := range peers {
		g.step(view.Visit{Peer: p.id, For: d})
	}
	return func() {
		for _, p := range peers {
			g.step(view.Leave{Peer: p.id})
		}
	}
}

// now is the graph of the endpoint in use.
func (m *mesh) now() *graph {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.graph
}
