package antientropy

import (
	"bytes"

	"github.com/crdtstore/crdtstore/crdt"
)

// open announces a collection to the peer.
func (s *Session) open(c *collection) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	return s.announce(c, v)
}

func (s *Session) announce(c *collection, v View) error {
	k := v.Knowledge()
	h := k.Hash()
	c.mine = k
	c.opened = &opening{knowledge: k, hash: [16]byte(h[:16])}
	m := &open{Collection: c.name, Hash: c.opened.hash}
	r, ok, err := v.Root()
	if err != nil {
		return failed("root of "+c.name, err)
	}
	if ok {
		m.Root = r[:]
		c.verify.mine = shownRoot{tagOf(k), r, true}
		c.verify.sent = c.verify.mine.tag
		c.verify.told = true
	}
	return s.send(m)
}

// onOpen compares hashes. Equal ones need nothing more; different ones are
// answered with the knowledge.
func (s *Session) onOpen(m *open) error {
	if err := crdt.CheckCollection(m.Collection); err != nil {
		return ends(ReasonUnknownCollection, "%v", err)
	}
	if len(m.Root) != 0 && len(m.Root) != 32 {
		return bad("root of %d bytes", len(m.Root))
	}
	c := s.collections[m.Collection]
	if c == nil {
		if len(s.collections) >= s.limits.Collections {
			return ends(ReasonTooMany, "%d collections", len(s.collections)+1)
		}
		c = s.add(m.Collection)
	}
	if c.openHeard || c.ready {
		return ends(ReasonOutOfOrder, "%s opened again", m.Collection)
	}
	c.openHeard = true
	if len(m.Root) == 32 {
		c.verify.theirs = shownRoot{tag(m.Hash[:8]), [32]byte(m.Root), true}
	}
	s.touch(c)
	if !s.wants(c.name) {
		c.declined = declinedHere
		return s.send(&decline{Collection: c.name})
	}
	if c.opened != nil {
		return s.compare(c, m)
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	if h := v.Knowledge().Hash(); [16]byte(h[:16]) != m.Hash {
		return s.show(c, v)
	}
	if err := s.announce(c, v); err != nil {
		return err
	}
	return s.compare(c, m)
}

// compare decides, from what both sides announced, whether they are in step.
// Both come to the same decision.
func (s *Session) compare(c *collection, m *open) error {
	if c.opened.hash != m.Hash {
		if c.shown {
			return nil
		}
		return s.openAndShow(c)
	}
	c.ready, c.shown = true, true
	c.theirs, c.known = c.opened.knowledge, c.opened.knowledge
	c.heads = c.theirs.Max()
	c.dirty = true // something may have changed since it was announced
	c.ahead, c.behind, c.told = 0, 0, 0
	return s.reweigh(c)
}

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
	if c.ready && !c.resync {
		return ends(ReasonOutOfOrder, "knowledge of %s shown again", c.name)
	}
	s.touch(c)
	k, err := m.knowledge(s.limits)
	if err != nil {
		return err
	}
	c.ready, c.resync = true, false
	c.stopDrain()
	c.theirs, c.known = k, k
	c.heads = k.Max()
	for _, f := range c.flights {
		if f.seq > m.Seq {
			c.known = c.known.Raise(f.from, f.to, f.base, f.vector)
		}
	}
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
	s.checkOvertaken(c)
	return nil
}

func (s *Session) checkOvertaken(c *collection) {
	self := s.config.Self
	if bytes.Equal(self[:], make([]byte, len(self))) {
		return
	}
	if n := c.theirs.Max()[self]; n > c.mine.Max()[self] {
		s.emit(Overtaken{Collection: c.name, Counter: n})
	}
}

const (
	declinedHere = "declined here"
	declinedPeer = "declined by peer"
)

func (s *Session) onDecline(m *decline) error {
	c := s.collections[m.Collection]
	if c == nil || c.opened == nil || c.shown {
		return ends(ReasonUnknownCollection, "decline of %q", m.Collection)
	}
	c.declined = declinedPeer
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
		out = out.Raise(group[0].From, group[len(group)-1].To, nil, v)
	}
	return out
}
