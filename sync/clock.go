package antientropy

import "time"

// clock is what a session knows of time: only what ticks told it.
type clock struct {
	now, heard, progress, pinged time.Time
	pings                        uint64
	second                       time.Time // when what is done once a second was done last
	idle                         bool      // nothing happened since, and nothing is waited for
}

// tick lets time pass: it gives up a silent peer, renews an old snapshot,
// counts, and verifies what has been quiet since the last tick.
func (s *Session) tick(now time.Time) error {
	k := &s.clock
	if k.now.IsZero() {
		k.heard, k.progress = now, now // pinged stays zero: the first ping goes out as soon as there is a peer
	}
	k.now = now
	if silent := now.Sub(k.heard); silent > s.limits.Silence {
		return ends(ReasonStoppedAnswering, "nothing received for %s", silent.Round(time.Second))
	}
	if stuck := now.Sub(k.progress); s.window.frames > 0 && !s.pausedThere && stuck > s.limits.Silence {
		return ends(ReasonStoppedAnswering, "%d frames not acknowledged for %s", s.window.frames, stuck.Round(time.Second))
	}
	if s.peer == nil {
		return nil
	}
	if err := s.timers(now); err != nil {
		return err
	}
	if now.Sub(k.second) < everySecond {
		return nil
	}
	k.second = now
	if now.Sub(k.pinged) >= s.limits.Ping {
		k.pinged = now
		k.pings++
		if err := s.send(&ping{N: k.pings}); err != nil {
			return err
		}
		s.emit(Pinged{k.pings})
	}
	if err := s.each(s.tickOne); err != nil {
		return err
	}
	k.idle = s.idle()
	return nil
}

// everySecond is about how often a session looks at what is not urgent.
const everySecond = time.Second - 50*time.Millisecond

// idle reports whether nothing will be done unless something happens.
func (s *Session) idle() bool {
	for _, c := range s.order {
		if compared, equal := c.verdict(); !(c.quiet && compared && equal) && c.declined == "" {
			return false
		}
	}
	return true
}

func (s *Session) tickOne(c *collection) error {
	now := s.clock.now
	if d := c.drain; d != nil && now.Sub(d.opened) > s.limits.Snapshot {
		c.stopDrain()
		s.touch(c)
	}
	if w := c.verify.walk; w != nil && now.Sub(w.opened) > s.limits.Silence {
		c.verify.giveUp()
		c.verify.again = now.Add(c.verify.patience)
	}
	s.tryAgain(c)
	if err := s.recount(c); err != nil {
		return err
	}
	if !s.roomy() {
		return nil
	}
	if err := s.checkLater(c); err != nil {
		return err
	}
	if err := s.walkLater(c); err != nil {
		return err
	}
	if !c.quiet {
		c.quiet = true
		return nil
	}
	return s.verify(c)
}

// syncNow does at once what would wait for a tick.
func (s *Session) syncNow() error {
	return s.each(func(c *collection) error {
		if err := s.recount(c); err != nil {
			return err
		}
		return s.verify(c)
	})
}
