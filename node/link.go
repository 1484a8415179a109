package node

import (
	"context"
	"sync"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/view"
)

// kindNeighbours is the first byte of a message about neighbours, which is for
// the view and not for the session on the same connection. A session ignores
// kinds from here on.
const kindNeighbours = 128

// maxUnsent is how many messages about neighbours may wait for a peer.
const maxUnsent = 64

// link is a connection to a peer. At first only messages about neighbours go
// over it, until both sides agree to have a session; from then on it is the
// Conn of that session, which does not see them.
type link struct {
	p2p.Conn
	graph *graph
	out   chan []byte   // to the view of the peer; nil stands for agreement
	begun chan struct{} // closed when what was to be sent before is sent
	first []byte        // of the session, when that came first

	once   sync.Once
	mu     sync.Mutex
	agreed bool
	visit  bool
}

func newLink(g *graph, c p2p.Conn) *link {
	return &link{Conn: c, graph: g, out: make(chan []byte, maxUnsent), begun: make(chan struct{})}
}

// put queues a message for the view of the peer. A peer that does not read is
// let go.
func (l *link) put(message []byte) {
	select {
	case l.out <- message:
	default:
		l.Close("does not read")
	}
}

// agree notes that there is to be a session.
func (l *link) agree(visit bool) {
	l.mu.Lock()
	l.agreed, l.visit = true, visit
	l.mu.Unlock()
	l.put(nil)
}

// visiting tells whether the session is one for a while.
func (l *link) visiting() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.visit
}

// tell sends what is queued until ctx ends.
func (l *link) tell(ctx context.Context) {
	for {
		select {
		case m := <-l.out:
			if m == nil {
				l.once.Do(func() { close(l.begun) })
				continue
			}
			m = append([]byte{kindNeighbours}, m...)
			l.graph.mesh.node.traffic.sent(m)
			if l.Send(ctx, m) != nil { // reading from it says why
				l.once.Do(func() { close(l.begun) })
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// wait listens until both sides have agreed on a session; false when the
// connection ends before. A peer that begins a session without having asked
// asks by that.
func (l *link) wait(ctx context.Context) bool {
	for {
		l.mu.Lock()
		agreed := l.agreed
		l.mu.Unlock()
		if agreed {
			select {
			case <-l.begun:
				return true
			case <-ctx.Done():
				return false
			}
		}
		m, err := l.Conn.Receive(ctx)
		if err != nil {
			return false
		}
		if l.took(m) || l.first != nil {
			continue
		}
		l.first = m
		l.graph.received(l, view.Request())
	}
}

// took hands a message to the view if it is for it.
func (l *link) took(m []byte) bool {
	if len(m) == 0 || m[0] != kindNeighbours {
		return false
	}
	l.graph.mesh.node.traffic.received(m)
	l.graph.received(l, m[1:])
	return true
}

// Receive is p2p.Conn's, without the messages about neighbours.
func (l *link) Receive(ctx context.Context) ([]byte, error) {
	if m := l.first; m != nil {
		l.first = nil
		return m, nil
	}
	for {
		m, err := l.Conn.Receive(ctx)
		if err != nil || !l.took(m) {
			return m, err
		}
	}
}
