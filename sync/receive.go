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
	case *vectorSketch:
		return s.onVectorSketch(m)
	case *frame:
		return s.onFrame(m)
	case *ack:
		return s.onAck(m)
	case *want:
		return s.onWant(m)
	case *refuse:
		return s.onRefuse(m)
	case *root:
		return s.onRoot(m)
	case *walk:
		return s.question(m, m.Collection, len(b), func() error { return s.onWalk(m) })
	case *nodes:
		return s.onNodes(m)
	case *count:
		return s.onCount(m)
	case *pause:
		return s.onPause(m)
	case *ping:
		return s.onPing(m)
	case *pong:
		s.emit(Ponged{m.N})
	case *decline:
		return s.onDecline(m)
	case *sketch:
		return s.question(m, m.Collection, len(b), func() error { return s.onSketch(m) })
	case *more:
		return s.question(m, m.Collection, len(b), func() error { return s.onMore(m) })
	case *differ:
		return s.onDiffer(m)
	case *prune:
		return s.onPrune(m)
	case *have:
		return s.onHave(m)
	case *check:
		return s.onCheck(m)
	case *checked:
		return s.onChecked(m)
	case *found:
		return s.onFound(m)
	case *share:
		return s.onShare(m)
	case *graft:
		return s.onGraft(m)
	case *due:
		return s.question(m, m.Collection, len(b), func() error { return s.onDue(m) })
	case *held:
		return s.onHeld(m)
	case *counted:
		return s.onCounted(m)
	case *shownHead:
		return s.onShown(m)
	case *twins:
		s.emit(Twins{})
	case *wall:
		s.emit(Walled{m.N, m.Millis})
	case *ask:
		return s.question(m, m.Collection, len(b), func() error { return s.onAsk(m) })
	case *told:
		return s.onTold(m)
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
	if err := checkEnds(m.From, m.To); err != nil {
		return err
	}
	if err := m.unpack(&s.hear.names, s.hear.vectors(c.name), s.limits); err != nil {
		return err
	}
	c.heard = m.Seq
	f := m.content
	if !inside(c.within, f.From, f.To) {
		return ends(ReasonBadFrame, "%s: keys from %q to %q are out of scope", c.name, f.From, f.To)
	}
	if err := c.evidence(&f); err != nil {
		return err
	}
	c.learn(f.From, f.To, crdt.VersionVector{}, f.Vector)
	c.heads = c.heads.Merge(f.Vector)
	for _, h := range f.Heads {
		c.heads.Raise(h.Replica(), h.Counter)
	}
	c.behind, c.quiet, c.inStep = capped(m.Left), false, false
	s.nextMerge++
	g := &merge{id: s.nextMerge, collection: c, frame: f, seq: m.Seq, cost: m.cost, last: m.Left == 0}
	g.known = !f.ahead() && holds(c.mine, f, func(_, _ string) bool { return false })
	s.counters.Received.count(m)
	s.feed(c, m.Left > 0)
	s.far(c, capped(m.Left))
	s.merges[g.id] = g
	c.arrived = append(c.arrived, g)
	s.arriving.add(g.cost)
	s.give(c)
	return s.reweigh(c)
}
