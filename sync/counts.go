package antientropy

import "errors"

// capped reads a number of documents from the wire.
func capped(n uint64) Count { return Count(min(n, uint64(CountMany))) }

// onCount learns how much the peer would send if it could.
func (s *Session) onCount(m *count) error {
	c, err := s.met(m.Collection, "count")
	if err != nil {
		return err
	}
	if m.Ahead < 0 || m.Ahead > CountMany {
		return bad("count %d", int(m.Ahead))
	}
	c.behind = m.Ahead
	return nil
}

// recount counts, while frames are held back, what would be sent otherwise,
// and tells the peer when it changed. In a running session the frames
// themselves say what is left.
func (s *Session) recount(c *collection) error {
	if !c.ready || !c.shown || c.drain != nil || !c.recount || s.flowing() && !c.lazy.behind.until.on {
		return nil
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	c.mine, c.recount = v.Knowledge(), false
	s.touch(c)
	if c.known.Covers(c.mine) {
		c.dirty = false
	}
	keys, more, err := v.Candidates(c.known, "", int(CountLimit)) // those in flight are counted besides
	if errors.Is(err, ErrNotYet) {
		c.ahead, c.recount = CountUnknown, true
		return nil
	}
	if err != nil {
		return failed("count what the peer lacks", err)
	}
	c.ahead = Count(len(keys))
	for _, key := range keys {
		if c.refusedThere[key] != nil {
			c.ahead-- // counted besides, too
		}
	}
	if more {
		c.ahead = CountMany
	}
	if c.ahead == c.told {
		return nil
	}
	c.told = c.ahead
	return s.send(&count{Collection: c.name, Ahead: c.ahead})
}

// whatIsAhead counts the documents that the peer lacks.
func (c *collection) whatIsAhead() Count {
	if !c.ready {
		return CountUnknown
	}
	if c.drain == nil && c.ahead < 0 {
		return CountUnknown
	}
	n := max(c.ahead, 0)
	if c.drain != nil {
		n = c.drain.left()
	}
	for _, f := range c.flights {
		n += Count(f.documents)
	}
	return min(n+Count(len(c.refusedThere)), CountMany)
}

// whatIsBehind counts the documents that the peer has and this side lacks.
func (c *collection) whatIsBehind() Count {
	if !c.ready || c.behind < 0 {
		return CountUnknown
	}
	n := c.behind
	if n == 0 && len(c.arrived) == 0 && !lacksOnly(c.mine, c.theirs, c.refusedHere) {
		return CountUnknown // announced, and not counted
	}
	for _, g := range c.arrived {
		n += Count(len(g.frame.Documents))
	}
	return min(n+Count(len(c.refusedHere)), CountMany)
}
