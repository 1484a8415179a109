package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// received takes one message from the peer.
func (s *Session) received(b []byte) error {
	m, err := s.hear.decode(b)
	if err != nil {
		return err
	}
	s.clock.heard = s.clock.now
	switch m := m.(type) {
	case *hello:
		return s.onHello(m)
	case *bye:
		return &ending{reason: Reason(cutText(string(m.Reason), 64)), detail: cutText(m.Detail, maxText), byPeer: true}
	}
	if s.peer == nil || !s.started {
		return ends(ReasonOutOfOrder, "a message before hello")
	}
	switch m := m.(type) {
	case *open:
		return s.onOpen(m)
	case *know:
		return s.onKnow(m)
	case *frame:
		return s.onFrame(m)
	case *ack:
		return s.onAck(m)
	case *root:
		return s.onRoot(m)
	case *walk:
		return s.onWalk(m)
	case *nodes:
		return s.onNodes(m)
	case *count:
		return s.onCount(m)
	case *pause:
		return s.onPause(m)
	case *ping:
		return s.send(&pong{N: m.N})
	case *pong:
		s.emit(Ponged{m.N})
	case *decline:
		return s.onDecline(m)
	}
	return nil
}

func (s *Session) onHello(m *hello) error {
	if s.peer != nil {
		return ends(ReasonOutOfOrder, "a second hello")
	}
	s.peer = m
	s.emit(Introduced{Name: cutText(m.Name, maxText), BootNonce: m.BootNonce, Features: m.Features})
	return nil
}

// met returns the collection of a message that may only come after both sides
// opened it.
func (s *Session) met(name, what string) (*collection, error) {
	c := s.collections[name]
	if c == nil || c.declined != "" {
		return nil, ends(ReasonUnknownCollection, "%s of %q", what, name)
	}
	if !c.ready || !c.shown {
		return nil, ends(ReasonOutOfOrder, "%s of %s before it is open on both sides", what, name)
	}
	s.touch(c)
	return c, nil
}

// onFrame checks a frame and gives it out to be committed. What it says the
// peer holds is believed at once: nothing of it is sent back.
func (s *Session) onFrame(m *frame) error {
	c, err := s.met(m.Collection, "frame")
	if err != nil {
		return err
	}
	if m.Seq != c.heard+1 {
		return ends(ReasonOutOfOrder, "frame %d of %s after %d", m.Seq, c.name, c.heard)
	}
	if !s.arriving.open(s.limits, 0) {
		return ends(ReasonWindow, "%d frames, %d bytes not committed", s.arriving.frames, s.arriving.bytes)
	}
	if err := m.unpack(&s.hear.names, s.hear.vectors(c.name), s.limits); err != nil {
		return err
	}
	c.heard = m.Seq
	f := m.content
	c.learn(f.From, f.To, nil, f.Vector)
	for r, n := range f.Vector {
		c.heads.Raise(r, n)
	}
	c.behind, c.quiet, c.inStep = capped(m.Left), false, false
	s.nextMerge++
	g := &merge{id: s.nextMerge, collection: c, frame: f, seq: m.Seq, cost: m.cost}
	s.merges[g.id] = g
	c.arrived = append(c.arrived, g)
	s.arriving.add(g.cost)
	s.emit(Merge{ID: g.id, Collection: c.name, Frame: f})
	return s.reweigh(c)
}

// committed acknowledges a frame whose content now holds durably. Whether all
// of it does is read from the store itself: where the base was not covered,
// nothing was learned, and the peer is shown what is known here.
func (s *Session) committed(in Committed) error {
	g := s.merges[in.ID]
	switch {
	case g == nil:
		return nil
	case in.Refused != "":
		return ends(in.Refused, "%s", in.Detail)
	case in.Err != nil:
		return failed("merge into "+g.collection.name, in.Err)
	}
	c := g.collection
	delete(s.merges, in.ID)
	s.touch(c)
	c.arrived = c.arrived[1:]
	s.arriving.remove(g.cost)
	c.done, c.dirty, c.recount, c.quiet = g.seq, true, true, false
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	applied := holds(v.Knowledge(), g.frame)
	if err := s.send(&ack{Collection: c.name, Seq: g.seq, Applied: applied}); err != nil || applied {
		return err
	}
	return s.show(c, v)
}

// holds reports whether k covers the frame's vector at every key of it.
func holds(k crdt.Knowledge, f Frame) bool {
	ok := true
	crdt.Overlay(k, crdt.Knowledge{}.Raise(f.From, f.To, nil, f.Vector), func(_, _ string, mine, frame crdt.VersionVector) {
		ok = ok && mine.Covers(frame)
	})
	return ok
}

// onAck learns that a frame has become durable at the peer, or that it did
// not fit there and the peer's knowledge follows.
func (s *Session) onAck(m *ack) error {
	c, err := s.met(m.Collection, "ack")
	if err != nil {
		return err
	}
	if len(c.flights) == 0 || c.flights[0].seq != m.Seq {
		return ends(ReasonOutOfOrder, "ack %d of %s", m.Seq, c.name)
	}
	f := c.flights[0]
	c.flights = c.flights[1:]
	s.window.remove(f.cost)
	s.clock.progress = s.clock.now
	c.quiet = false
	if m.Applied {
		c.skips = 0
		c.theirs = c.theirs.Raise(f.from, f.to, f.base, f.vector)
		return s.reweigh(c)
	}
	c.skips++
	c.resync = true
	if c.skips > maxSkips {
		return ends(ReasonNoProgress, "%d frames of %s in a row did not fit", c.skips, c.name)
	}
	return nil
}

// maxSkips is how many frames in a row may not fit before a session ends.
const maxSkips = 16
