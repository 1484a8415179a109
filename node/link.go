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

// maxEarly is how many bytes of a session a peer is sent, behind the request to
// have one, before it has agreed: so much at most is in vain when it does not.
const maxEarly = 16 << 10

// link is a connection to a peer. Messages about neighbours go over it, and when
// both sides have agreed on a session, those of the session, whose Conn it is.
// The session of a side that has asked sends the first of its messages before
// the answer is here, and receives none until then.
type link struct {
	p2p.Conn
	graph *graph
	out   chan []byte   // to the view of the peer; nil says that a session may begin behind
	begun chan struct{} // closed when what was to be sent before is sent
	yes   chan struct{} // closed when agreed is set

	// of the goroutine that receives
	first []byte // of the session, when that came first
	met   func() // called once before the session receives anything; may be nil

	// of the goroutine that sends
	early int // bytes of the session

	once    sync.Once
	mu      sync.Mutex
	offered bool
	agreed  bool
	visit   bool
}

func newLink(g *graph, c p2p.Conn) *link {
	return &link{
		Conn: c, graph: g,
		out: make(chan []byte, maxUnsent), begun: make(chan struct{}), yes: make(chan struct{}),
	}
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

// offer notes that there may be a session, if the peer agrees.
func (l *link) offer() {
	l.mu.Lock()
	l.offered = true
	l.mu.Unlock()
	l.put(nil)
}

// agree notes that there is to be a session.
func (l *link) agree(visit bool) {
	l.mu.Lock()
	if !l.agreed {
		close(l.yes)
	}
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
			if l.Conn.Send(ctx, m) != nil { // reading from it says why
				l.once.Do(func() { close(l.begun) })
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// wait listens until a session may begin: because both sides have agreed on it,
// or because this one has offered it before it heard anything. It is false when
// the connection ends before.
func (l *link) wait(ctx context.Context) (agreed, ok bool) {
	for {
		l.mu.Lock()
		offered, agreed := l.offered, l.agreed
		l.mu.Unlock()
		if agreed || offered {
			select {
			case <-l.begun:
				return agreed, true
			case <-ctx.Done():
				return agreed, false
			}
		}
		m, err := l.Conn.Receive(ctx)
		if err != nil {
			return false, false
		}
		l.took(m)
	}
}

// took deals with a message that is not for the session: one about neighbours is
// for the view. What comes before both have agreed asks for a session, if it is
// the first; that decides it. What comes after a no is dropped.
func (l *link) took(m []byte) bool {
	if len(m) > 0 && m[0] == kindNeighbours {
		l.graph.mesh.node.traffic.received(m)
		l.graph.received(l, m[1:])
		return true
	}
	select {
	case <-l.yes:
		return false
	default:
	}
	if l.first != nil {
		l.graph.mesh.node.traffic.received(m)
		return true
	}
	l.first = m // counted when the session takes it
	l.graph.received(l, view.Request())
	return true
}

// Receive is p2p.Conn's, without the messages about neighbours.
func (l *link) Receive(ctx context.Context) ([]byte, error) {
	for {
		select {
		case <-l.yes:
			if met := l.met; met != nil {
				l.met = nil
				met()
			}
			if m := l.first; m != nil {
				l.first = nil
				return m, nil
			}
		default:
		}
		m, err := l.Conn.Receive(ctx)
		if err != nil || !l.took(m) {
			return m, err
		}
	}
}

// Send is p2p.Conn's. Before the peer has agreed only so much is sent.
func (l *link) Send(ctx context.Context, m []byte) error {
	if l.early += len(m); l.early > maxEarly {
		select {
		case <-l.yes:
		case <-ctx.Done():
			return ctx.Err()
		}
		l.early = maxEarly
	}
	return l.Conn.Send(ctx, m)
}
