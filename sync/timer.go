package antientropy

import "time"

// timer fires some time after it was set. A session learns the time only from
// ticks, so a timer begins to run with the first tick after it was set, and the
// session wants that tick at once.
type timer struct {
	on    bool
	wait  time.Duration
	until time.Time // zero until it runs
}

// set starts the timer, unless it is on.
func (t *timer) set(wait time.Duration) {
	if !t.on {
		*t = timer{on: true, wait: wait}
	}
}

// stop ends it.
func (t *timer) stop() { *t = timer{} }

// fires reports whether the timer has run out, and ends it then.
func (t *timer) fires(now time.Time) bool {
	if !t.on {
		return false
	}
	if t.until.IsZero() {
		t.until = now.Add(t.wait)
	}
	if now.Before(t.until) {
		return false
	}
	t.stop()
	return true
}

// arm starts a timer of a collection.
func (s *Session) arm(c *collection, t *timer, wait time.Duration) {
	t.set(wait)
	if !c.timed {
		c.timed = true
		s.timed = append(s.timed, c)
	}
}

// timers lets those fire that have run out.
func (s *Session) timers(now time.Time) error {
	all := s.timed
	s.timed = nil
	for _, c := range all {
		c.timed = false
	}
	for _, c := range all {
		if err := s.fire(c, now); err != nil {
			return err
		}
		if l := &c.lazy; !c.timed && (l.announce.on || l.behind.until.on || l.first.until.on) {
			c.timed = true
			s.timed = append(s.timed, c)
		}
	}
	return nil
}

func (s *Session) fire(c *collection, now time.Time) error {
	l := &c.lazy
	if l.announce.fires(now) {
		l.spoke = now
		if err := s.announceNow(c); err != nil {
			return err
		}
	}
	if l.behind.until.fires(now) {
		s.regret(c)
	}
	if l.first.until.fires(now) {
		return s.despair(c)
	}
	return nil
}

// soonest is when the first timer wants a tick; the zero time is at once.
func (s *Session) soonest() (at time.Time, any bool) {
	for _, c := range s.timed {
		l := &c.lazy
		for _, t := range []*timer{&l.announce, &l.behind.until, &l.first.until} {
			if t.on && (!any || t.until.Before(at)) {
				at, any = t.until, true
			}
		}
	}
	return at, any
}
