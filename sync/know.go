package antientropy

import "github.com/crdtstore/crdtstore/crdt"

func (s *Session) openAndIntroduce(c *collection) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	return s.introduce(c, v)
}

func (s *Session) openAndAnswer(c *collection) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	return s.answer(c, v)
}

// show sends the knowledge of this side: what is other than what it has shown
// before.
func (s *Session) show(c *collection, v View) error {
	return s.sayWhenRoom(c, v, v.Knowledge().Weight() <= fewEntries, func(v View) error {
		if c.shown {
			return s.say(c, v, fromLast, false)
		}
		return s.say(c, v, fromNothing, false)
	})
}

// sayWhenRoom shows knowledge as it is when there is room to show it.
func (s *Session) sayWhenRoom(c *collection, v View, small bool, say func(View) error) error {
	err := s.whenRoom(debt{c, kindKnow, 0, func() error {
		if v != nil {
			return say(v)
		}
		later, err := s.view(c.name)
		if err != nil {
			return err
		}
		defer later.Close()
		return say(later)
	}}, small)
	v = nil // which its owner closes
	return err
}

// say sends the knowledge of this side as a difference from what from names, or
// only the part of it that concerns the replicas that the peer knows.
func (s *Session) say(c *collection, v View, from uint, part bool) error {
	c.shown = true
	c.mine = v.Knowledge()
	m := &know{Collection: c.name, Seq: c.done, From: from, Part: part, content: c.mine, common: c.common}
	if part {
		m.content = concerning(c.mine, c.theirs.Max())
	}
	if len(m.content.Ranges()) > s.limits.Ranges {
		m.content = coarsen(m.content, s.limits.Ranges)
	}
	return s.send(m)
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
	m.common = c.common
	if err := m.unpack(&s.hear.names, s.hear.vectors(c.name), s.limits); err != nil {
		return err
	}
	k := restrict(m.content, c.within)
	c.ready, c.resync = true, false
	c.stopDrain()
	c.theirs, c.known = k, k
	if l := &c.lazy; !m.Part && !m.content.Covers(l.first.of) { // it does not have what it announced
		l.first, l.later = hope{}, crdt.Knowledge{}
	}
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
		if err := s.openAndAnswer(c); err != nil {
			return err
		}
	}
	if !m.Part && c.mine.Covers(c.theirs) {
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
