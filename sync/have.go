package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// owe plans to announce what the peer was not told, where one of the two sides
// holds something back. A peer that feeds this side is told at once: it may be
// one of several.
func (s *Session) owe(c *collection) error {
	l := &c.lazy
	if l.announce.on || !c.ready || !c.shown || l.quiet() && !c.fed || l.said.Covers(c.mine) {
		return nil
	}
	if c.fed {
		return s.announceNow(c)
	}
	wait := announceFirst
	if since := s.clock.now.Sub(l.spoke); since < announceEvery {
		wait = max(wait, announceEvery-since)
	}
	s.arm(c, &l.announce, wait)
	return nil
}

// feed notes whether the peer sends more than one frame. While it does, it is
// told what comes from elsewhere meanwhile.
func (s *Session) feed(c *collection, on bool) {
	if on && !c.fed && c.lazy.quiet() {
		c.lazy.said = crdt.Knowledge{}
	}
	c.fed = on
}

// announceNow says what is known here and the peer was not told.
func (s *Session) announceNow(c *collection) error {
	if !s.roomy() { // planned anew when there is room
		s.touch(c)
		return nil
	}
	l, n := &c.lazy, 0
	var err error
	said := l.said
	crdt.Overlay(c.mine, l.said, func(from, to string, mine, before crdt.VersionVector) {
		if err != nil || n == maxHaves || before.Covers(mine) {
			return
		}
		n++
		s.counters.Announced++
		said = said.Raise(from, to, crdt.VersionVector{}, mine)
		err = s.send(&have{Collection: c.name, From: from, To: to, vector: mine})
	})
	l.said = said
	if err != nil || c.fed {
		return err
	}
	return s.owe(c)
}

// saying notes that the peer is told, by a frame or its acknowledgment, that
// this side holds vector for the keys [from, to).
func (c *collection) saying(from, to string, vector crdt.VersionVector) {
	if !c.lazy.quiet() || c.fed {
		c.lazy.said = c.lazy.said.Raise(from, to, crdt.VersionVector{}, vector)
	}
}

// onHave learns what the peer has. What of it is not here is hoped to come from
// elsewhere.
func (s *Session) onHave(m *have) error {
	c, err := s.met(m.Collection, "have")
	if err != nil {
		return err
	}
	if err := checkEnds(m.From, m.To); err != nil {
		return err
	}
	if err := m.unpack(&s.hear.names, s.hear.vectors(c.name)); err != nil {
		return err
	}
	if !before(m.From, m.To) || !inside(c.within, m.From, m.To) {
		return bad("have %s of keys from %q to %q", c.name, m.From, m.To)
	}
	s.counters.Heard++
	c.learn(m.From, m.To, crdt.VersionVector{}, m.vector)
	c.heads = c.heads.Merge(m.vector)
	c.quiet = false
	l, said := &c.lazy, crdt.Knowledge{}.Raise(m.From, m.To, crdt.VersionVector{}, m.vector)
	if c.mine.Covers(said) {
		return s.reweigh(c)
	}
	if l.first.until.on {
		l.later = l.later.Merge(said)
	} else {
		l.first.of = l.first.of.Merge(said) // of before, only if nothing may come just now
		s.hopeFor(c)
	}
	return s.reweigh(c)
}

// hopeFor begins to wait for what was announced, unless nothing may come anyhow.
func (s *Session) hopeFor(c *collection) {
	if s.flowing() {
		s.arm(c, &c.lazy.first.until, graftAfter)
	}
}

// despair asks the peer for what it announced some time ago and is not here.
func (s *Session) despair(c *collection) error {
	l := &c.lazy
	if len(c.arrived) > 0 || !s.flowing() { // it may be among them; or nothing may come
		s.hopeFor(c)
		return nil
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	mine := v.Knowledge()
	if err := v.Close(); err != nil {
		return failed("close view of "+c.name, err)
	}
	if lacksOnly(mine, l.first.of, c.refusedHere) {
		if l.first.of, l.later = l.later, (crdt.Knowledge{}); lacksOnly(mine, l.first.of, c.refusedHere) {
			l.first.of = crdt.Knowledge{}
		} else {
			s.hopeFor(c)
		}
		return nil
	}
	l.first.of, l.later = l.first.of.Merge(l.later), crdt.Knowledge{}
	s.arm(c, &l.first.until, lazyMost)
	l.asked = false
	l.patience = min(2*max(l.patience, 1), maxPatience)
	l.credit = l.patience
	s.counters.Grafts++
	return s.send(&graft{Collection: c.name})
}

// caughtUp forgets what the peer counted once all that it announced is here.
func (s *Session) caughtUp(c *collection) {
	if !c.lazy.quiet() && s.flowing() && len(c.arrived) == 0 && c.mine.Covers(c.theirs) {
		c.behind = 0
	}
}

// lacksOnly reports whether mine covers what was announced, but for documents
// that were refused here.
func lacksOnly(mine, announced crdt.Knowledge, refused refusals) bool {
	ok := true
	crdt.Overlay(mine, announced, func(from, to string, a, b crdt.VersionVector) {
		ok = ok && (a.Covers(b) || refused.hole(from, to))
	})
	return ok
}
