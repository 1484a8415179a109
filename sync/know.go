package antientropy

import "github.com/crdtstore/crdtstore/crdt"

func (s *Session) openAndShow(c *collection) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	return s.show(c, v)
}

// show sends the knowledge of this side.
func (s *Session) show(c *collection, v View) error {
	c.shown = true
	c.mine = v.Knowledge()
	k := c.mine.AppendBinary(nil)
	if n := len(c.mine.Ranges()); n > s.limits.Ranges {
		k = coarsen(c.mine, s.limits.Ranges).AppendBinary(nil)
	}
	return s.send(&know{Collection: c.name, Seq: c.done, Knowledge: k})
}

// onKnow learns what the peer has, and brings known up to it with those
// frames in flight that the peer had not dealt with yet.
func (s *Session) onKnow(m *know) error {
	c := s.collections[m.Collection]
	if c == nil || c.declined != "" {
		return ends(ReasonUnknownCollection, "knowledge of %q", m.Collection)
	}
	if c.ready && !c.resync && !c.everRefused {
		return ends(ReasonOutOfOrder, "knowledge of %s shown again", c.name)
	}
	s.touch(c)
	k, err := m.knowledge(s.limits)
	if err != nil {
		return err
	}
	k = restrict(k, c.within)
	c.ready, c.resync = true, false
	c.stopDrain()
	c.theirs, c.known = k, k
	c.heads = k.Max()
	for _, f := range c.flights {
		if f.seq > m.Seq {
			c.known = c.known.Raise(f.from, f.to, f.base, f.vector)
		}
	}
	c.refusedThere.covered(k)
	c.known = c.muted(c.known)
	c.dirty, c.quiet, c.recount = true, false, true
	if err := s.reweigh(c); err != nil {
		return err
	}
	if !c.shown {
		if err := s.openAndShow(c); err != nil {
			return err
		}
	}
	if c.mine.Covers(c.theirs) {
		c.behind = 0
	}
	return s.checkOvertaken(c)
}

// checkOvertaken looks again at what is here before it says so: a change made
// since the last look may have reached the peer by way of others.
func (s *Session) checkOvertaken(c *collection) error {
	self := s.config.Self
	n := c.theirs.Max().Counter(self)
	if self == (crdt.ReplicaID{}) || n <= c.mine.Max().Counter(self) {
		return nil
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	if n > v.Knowledge().Max().Counter(self) {
		s.emit(Overtaken{Collection: c.name, Counter: n})
	}
	return nil
}

// coarsen claims less: it unites neighbouring ranges, counting for each
// replica only what both count, until at most n ranges are left.
func coarsen(k crdt.Knowledge, n int) crdt.Knowledge {
	ranges := k.Ranges()
	per := (len(ranges) + n - 1) / n
	var out crdt.Knowledge
	for i := 0; i < len(ranges); i += per {
		group := ranges[i:min(i+per, len(ranges))]
		v := group[0].Vector
		for _, r := range group[1:] {
			v = least(v, r.Vector)
		}
		out = out.Raise(group[0].From, group[len(group)-1].To, crdt.VersionVector{}, v)
	}
	return out
}
