package node

import (
	"context"
	"time"

	"github.com/crdtstore/crdtstore/p2p/view"
)

// maxVisit is how long a visit that somebody waits for lasts at most, before it
// is asked for again.
const maxVisit = time.Minute

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
			if !s.met.IsZero() && inSync(s.machine.Status()) {
				g.step(view.InStep{Peer: s.peer.id})
			}
		})
	})
}

// visit makes sure that there is a session with a peer, for a while at least:
// one that is not among the neighbours is visited.
func (m *mesh) visit(ctx context.Context, p *peer) {
	d := maxVisit
	if end, ok := ctx.Deadline(); ok {
		d = min(d, time.Until(end))
	}
	m.now().step(view.Visit{Peer: p.id, For: d})
}

// visited tells that visit has served its purpose.
func (m *mesh) visited(p *peer) { m.now().step(view.Leave{Peer: p.id}) }

// now is the graph of the endpoint in use.
func (m *mesh) now() *graph {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.graph
}
