package node

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

const (
	// coalesce is how long after a push the next one waits for company, if the
	// peer does not answer before. A change in a quiet moment is pushed at once.
	coalesce = 2 * time.Millisecond
	// maxMerging is how many bytes of a peer's frames may wait for the writer
	// loop before its session reads no more from it.
	maxMerging = 8 << 20
	// goodbye is how long the last messages of a session may take.
	goodbye = time.Second
)

// session runs the state machine of one connection: one goroutine steps it,
// one receives for it, one sends for it.
type session struct {
	node    *Node
	peer    *peer
	conn    p2p.Conn
	scope   *scope // with which the machine was made
	machine *antientropy.Session
	counted antientropy.Counters // of the machine, added to the traffic of the node

	box     *mailbox
	dirty   *dirty
	outbox  *outbox
	pushed  time.Time   // when changes were last pushed
	heard   bool        // something came from the peer since then
	waiting bool        // for holdoff
	holdoff *time.Timer // until the next push

	resting bool        // out of courtesy
	reposes rest        // the last rest
	wakes   *time.Timer // when it is over anyhow

	merging   int       // bytes with the writer loop
	given     given     // frames with it
	met       time.Time // when the peer introduced itself; zero before
	arrivedAt time.Time // when nothing was missing; zero when that was otherwise the last time
	pings     map[uint64]time.Time
	wallAt    time.Time          // what the clock here said when the last ping was sent
	close     *antientropy.Close // set when the machine is done
	ended     chan struct{}      // closed when run has returned
}

func newSession(n *Node, p *peer, c p2p.Conn) *session {
	s := &session{
		node: n, peer: p, conn: c, scope: n.scope.Load(),
		box: newMailbox(), dirty: newDirty(), outbox: newOutbox(c),
		pings: map[uint64]time.Time{}, ended: make(chan struct{}),
	}
	config := antientropy.Config{
		Name: n.name, Self: n.docs.Replica(), BootNonce: n.mesh.boot,
		Scope: s.scope.ranges, Room: n.room,
		Wall:    n.options.Clock,
		Replica: replica{n.disk, n.rolls}, Initiator: n.mesh.self < c.Peer(), Backlog: backlog, Sparing: true,
	}
	rand.Read(config.Salt[:])
	s.machine = antientropy.NewSession(config)
	return s
}

// run is the session, until ctx ends, the peer goes, or the machine closes.
// It returns why it is over.
func (s *session) run(ctx context.Context, paused bool) (reason string) {
	defer close(s.ended)
	defer s.node.feeders.ended(s)
	io, stop := context.WithCancel(context.Background())
	inbox, lost := make(chan []byte), make(chan error, 1)
	received := make(chan struct{})
	go func() { defer close(received); s.receive(io, inbox, lost) }()
	go s.outbox.run(io)
	defer func() {
		s.box.close()
		stop()
		<-received
		<-s.outbox.ended
	}()

	s.holdoff = time.NewTimer(time.Hour)
	s.holdoff.Stop()
	s.wakes = time.NewTimer(time.Hour)
	s.wakes.Stop()
	tick := time.NewTimer(time.Hour)
	defer tick.Stop()
	s.step(antientropy.Start{})
	if paused {
		s.step(antientropy.Pause{On: true})
	}
	s.step(antientropy.Tick{Now: time.Now()})
	if s.node.scope.Load() != s.scope { // changed before anybody knew of this session
		s.step(antientropy.Stop{Reason: antientropy.ReasonScope})
	}
	for s.close == nil {
		if at, ok := s.machine.Deadline(); ok {
			tick.Reset(time.Until(at)) // at once, if that has passed
		}
		from := inbox
		if s.outbox.full() || s.merging > maxMerging {
			from = nil // until the peer, or the disk, has caught up
		}
		select {
		case m := <-from:
			s.node.traffic.received(m)
			if s.step(antientropy.Received{Message: m}); s.close != nil {
				s.node.keepMessage(s.peer.id, m, *s.close)
			}
			s.node.shown.changed("")
			if s.heard = true; s.waiting {
				s.push()
			}
		case <-s.box.wake:
			for _, fn := range s.box.take() {
				fn()
			}
		case <-s.dirty.wake:
			if s.resting && s.node.writer.courtesy.over(s.reposes) {
				s.goOn()
			}
			s.pushSoon()
		case <-s.wakes.C:
			s.goOn()
		case <-s.holdoff.C:
			s.push()
		case <-s.outbox.room:
			s.step(antientropy.Backlog{Bytes: s.outbox.waiting()})
		case <-tick.C:
			s.step(antientropy.Tick{Now: time.Now()})
		case err := <-lost:
			s.machine.Step(antientropy.Stop{}) // releases its snapshots
			s.conn.Close(p2p.ReasonLost)
			return lostReason(err)
		case <-ctx.Done():
			s.step(antientropy.Stop{})
		}
	}
	return s.leave()
}

// receive hands the messages of the peer to the loop.
func (s *session) receive(ctx context.Context, inbox chan<- []byte, lost chan<- error) {
	for {
		m, err := s.conn.Receive(ctx)
		if err != nil {
			lost <- err
			return
		}
		select {
		case inbox <- m:
		case <-ctx.Done():
			return
		}
	}
}

// lostReason is why a connection ended, in the words of who ended it.
func lostReason(err error) string {
	var e *p2p.CloseError
	if errors.As(err, &e) && e.Reason != "" {
		return e.Reason
	}
	return p2p.ReasonLost
}

// leave sends what is left and ends the connection as the machine wants it.
func (s *session) leave() (reason string) {
	s.outbox.finish()
	timer := time.NewTimer(goodbye)
	defer timer.Stop()
	select {
	case <-s.outbox.ended:
	case <-timer.C:
	}
	reason = p2p.Clean(string(s.close.Reason))
	if s.close.ByPeer {
		s.conn.Close(reason)
	} else if s.close.Reason.Violation() {
		s.conn.Cut(reason)
		s.conn.Close(reason)
	} else {
		s.conn.Close(reason)
	}
	if s.close.Detail != "" {
		reason += ": " + p2p.Clean(s.close.Detail)
	}
	return reason
}

// pushSoon pushes what has changed: at once, unless the last push is under way.
func (s *session) pushSoon() {
	wait := coalesce - time.Since(s.pushed)
	if wait <= 0 || s.heard {
		s.push()
		return
	}
	s.waiting = true
	s.holdoff.Reset(wait)
}

// push tells the machine what has changed.
func (s *session) push() {
	s.waiting = false
	for _, c := range s.dirty.take() {
		s.step(antientropy.Changed{Collection: c})
		s.pushed, s.heard = time.Now(), false
	}
}

// step feeds the machine and does what it wants done.
func (s *session) step(in antientropy.Input) {
	for {
		begin := time.Now()
		for _, out := range s.machine.Step(in) {
			s.do(out)
		}
		s.count()
		if s.machine.Clogged() {
			s.outbox.askRoom()
		}
		documents, made := s.machine.Made()
		if !made || s.resting {
			return
		}
		if s.repose(documents, time.Since(begin)); s.resting {
			return
		}
		in = antientropy.Next{}
	}
}

// repose begins a rest, if local writers wait, after a frame that took so long.
func (s *session) repose(documents int, took time.Duration) {
	if s.reposes = s.node.writer.courtesy.rest(documents, took); s.reposes.share > 0 {
		s.resting = true
		s.wakes.Reset(time.Until(s.reposes.until))
	}
}

// goOn ends a rest.
func (s *session) goOn() {
	s.resting = false
	s.wakes.Stop()
	s.node.writer.courtesy.cut(s.reposes)
	s.step(antientropy.Next{})
}
