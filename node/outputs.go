package node

import (
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// do carries out one output of the machine.
func (s *session) do(out antientropy.Output) {
	switch o := out.(type) {
	case antientropy.Send:
		s.node.traffic.sent(o.Message)
		s.outbox.put(o.Message)
	case antientropy.Merge:
		s.merge(o)
	case antientropy.Hash:
		s.hash(o.Collection)
	case antientropy.Close:
		s.close = &o
		s.node.saw(s.peer.id, o.Err)
	case antientropy.Introduced:
		s.introduced(o)
	case antientropy.InStep:
		s.arrived()
	case antientropy.Converged:
		s.converged(o)
	case antientropy.Incident:
		s.node.sink.incident(IncidentEvent{Kind: Diverged, Peer: s.peer.id, Collection: o.Collection,
			Detail: "same knowledge, other content: root " + rootCID(o.Mine).String() + " here, " + rootCID(o.Theirs).String() + " there"})
	case antientropy.Diverged:
		s.node.repair(s, o)
	case antientropy.Asked:
		s.asked(o)
	case antientropy.Told:
		s.node.mend(s.peer.id, o)
	case antientropy.Overtaken:
		s.node.overtaken(s.peer.id, o)
	case antientropy.Shown:
		s.shownHead(o)
	case antientropy.Twins:
		s.twins()
	case antientropy.Walled:
		if at, ok := s.pings[o.N]; ok {
			s.skewed(skewOf(o.Millis, s.wallAt, s.wallAt.Add(time.Since(at))))
		}
	case antientropy.Refused:
		s.refused(o)
	case antientropy.Far:
		s.node.feeders.far(s, o.Collection, o.On)
	case antientropy.Pinged:
		clear(s.pings) // an older one will not be answered any more
		s.pings[o.N] = time.Now()
		s.wallAt = s.node.options.Clock()
	case antientropy.Ponged:
		if at, ok := s.pings[o.N]; ok {
			delete(s.pings, o.N)
			s.peer.pong(time.Since(at))
		}
	}
}

// failedHere reports whether a session that is over has ended because of the store of this node.
func (s *session) failedHere() bool { return s.close != nil && s.close.Err != nil }

// merge gives a frame to the writer loop and its outcome to the machine.
func (s *session) merge(o antientropy.Merge) {
	f := storedFrame(o.Frame)
	size := 0
	for _, d := range f.Documents {
		size += len(d.Key) + len(d.Body)
	}
	s.merging += size
	s.given.add()
	s.node.merge(s.peer.id, o.Collection, f, func(came outcome) {
		s.given.done()
		taken := came.taken(len(f.Documents))
		s.node.traffic.documentsReceived.Add(int64(taken)) // even if the session ended meanwhile
		s.box.post(func() {
			s.merging -= size
			s.peer.received(taken)
			s.step(answer(o, came))
			if taken > 0 { // it holds the collection
				s.node.checkUnhealed(s.peer.id, o.Collection)
			}
		})
	})
}

// hash brings a tree up to date beside the session. If that fails the machine
// gets no answer, and so does not verify.
func (s *session) hash(collection string) {
	n := s.node
	n.spawn(func() {
		if n.hashing.tend(n.life, collection) {
			s.tell(antientropy.Hashed{Collection: collection})
		}
	})
}

// introduced notes who the peer says it is.
func (s *session) introduced(o antientropy.Introduced) {
	s.met = time.Now()
	name := p2p.Clean(o.Name)
	if s.peer.introduced(name, o.BootNonce) {
		s.node.sink.incident(IncidentEvent{Kind: Clone, Peer: s.peer.id,
			Detail: "two processes take turns under this peer id"})
		s.tell(antientropy.Twin{})
	}
	l, _ := s.conn.(*link)
	s.node.sink.peerUp(PeerEvent{Peer: s.peer.id, Name: name, Visit: l != nil && l.visiting()})
	s.node.mesh.remember()
	s.node.progress.changed("")
}

// refused logs a document that this node, or the peer, does not take.
func (s *session) refused(o antientropy.Refused) {
	by := "this node"
	if o.ByPeer {
		by = "the peer"
	}
	s.node.sink.log.Warn("document refused", "by", by, "peer", s.peer.id,
		"document", p2p.Clean(o.Collection+"/"+o.Key), "reason", p2p.Clean(o.Reason))
	s.node.progress.changed("")
}

// arrivedAgain is how soon a session that was in sync is not looked at again: of
// many collections that are told to be converged, one after the other, each would
// cost a look at all.
const arrivedAgain = 50 * time.Millisecond

// arrived notes a moment in which nothing was missing on either side.
func (s *session) arrived() {
	if now := time.Now(); now.Sub(s.arrivedAt) >= arrivedAgain {
		s.arrivedAt = time.Time{}
		if s.machine.InSync() {
			s.arrivedAt = now
			s.peer.converged(s.node.options.Clock())
			s.node.mesh.now().inStep(s)
		}
	}
	s.node.progress.changed("")
}

// converged notes that both sides hold the same, for sure.
func (s *session) converged(o antientropy.Converged) {
	s.node.sink.converged(ConvergedEvent{Peer: s.peer.id, Collection: o.Collection, Root: rootCID(o.Root)})
	s.prove(o.Collection)
	s.node.restoreKept(s.peer.id, o.Collection)
	s.node.checkUnhealed(s.peer.id, o.Collection)
	s.arrived()
}

// standing is where a session stands.
type standing struct {
	met         time.Time // when the peer introduced itself; zero before
	collections []antientropy.Status
	counters    antientropy.Counters
}

// status asks the machine where it stands, after it has been told of every
// change that was committed before. ok is false if the session is over.
func (s *session) status() (st standing, ok bool) {
	reply := make(chan standing, 1)
	if !s.box.post(func() {
		s.push()
		s.step(antientropy.Recount{})
		reply <- standing{s.met, s.machine.Status(), s.machine.Counters()}
	}) {
		return st, false
	}
	select {
	case st = <-reply:
		return st, true
	case <-s.ended:
		return st, false
	}
}

// tell feeds the machine from outside its loop.
func (s *session) tell(in antientropy.Input) {
	s.box.post(func() { s.step(in) })
}
