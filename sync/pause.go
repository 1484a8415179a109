package antientropy

// A pause is exact: from the step in which this side has paused on, no frame
// of the peer is given out to be merged, until it resumes. What is on its way
// then waits in the session, where the window bounds it; nothing is sent again
// for it. The peer sends no more as soon as it hears of the pause.

// pause stops frames in both directions by the will of this side, or lets them
// go on.
func (s *Session) pause(on bool) error {
	if s.pausedHere == on {
		return nil
	}
	s.pausedHere = on
	if !s.started { // start says it, after hello
		return nil
	}
	if err := s.send(&pause{On: on}); err != nil {
		return err
	}
	return s.hold(on)
}

// onPause does the same by the will of the peer. What it does not acknowledge
// meanwhile is no lack of progress.
func (s *Session) onPause(m *pause) error {
	s.pausedThere = m.On
	s.clock.progress = s.clock.now
	return s.hold(m.On)
}

// hold ends what is being sent, or lets it go on; both sides keep counting.
func (s *Session) hold(on bool) error {
	return s.each(func(c *collection) error {
		c.quiet = false
		s.touch(c)
		if on {
			c.stopDrain()
			c.recount = true
			return nil
		}
		c.dirty = true
		if l := &c.lazy; !c.mine.Covers(l.first.of) {
			s.hopeFor(c)
		}
		s.give(c)
		return nil
	})
}

// give gives out the frames that have arrived, in order, unless paused here.
func (s *Session) give(c *collection) {
	if s.pausedHere {
		return
	}
	for _, g := range c.arrived {
		if !g.given {
			g.given = true
			s.emit(Merge{ID: g.id, Collection: c.name, Frame: g.frame})
		}
	}
}
