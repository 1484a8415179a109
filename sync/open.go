package antientropy

import (
	"slices"

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
	if err := s.sayCounted(c, v); err != nil {
		return err
	}
	k := v.Knowledge()
	h := k.Hash()
	c.mine = k
	c.opened = &opening{knowledge: k, hash: [16]byte(h[:16])}
	m := &open{Collection: c.name, Hash: c.opened.hash, Ranges: wireRanges(c.wanted)}
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
	theirs, err := m.scope()
	if err != nil {
		return err
	}
	c := s.collections[m.Collection]
	if c == nil {
		if s.brought >= s.limits.Collections {
			return ends(ReasonTooMany, "%d collections", s.brought+1)
		}
		s.brought++
		c = s.add(m.Collection)
	}
	if c.openHeard || c.ready {
		return ends(ReasonOutOfOrder, "%s opened again", m.Collection)
	}
	c.openHeard = true
	s.touch(c)
	if err := s.narrow(c, theirs); err != nil || c.declined != "" {
		return err
	}
	if err := s.reweigh(c); err != nil {
		return err
	}
	if len(m.Root) == 32 && slices.Equal(c.within, theirs) { // else it is of other keys
		c.verify.theirs = shownRoot{tag(m.Hash[:8]), [32]byte(m.Root), true}
	}
	if c.opened != nil {
		return s.compare(c, m)
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	if h := v.Knowledge().Hash(); c.narrowed || [16]byte(h[:16]) != m.Hash {
		return s.introduce(c, v)
	}
	if err := s.announce(c, v); err != nil {
		return err
	}
	return s.compare(c, m)
}

// compare decides, from what both sides announced, whether they are in step.
// Both come to the same decision.
func (s *Session) compare(c *collection, m *open) error {
	if c.narrowed || c.opened.hash != m.Hash {
		if c.shown {
			return nil
		}
		return s.openAndIntroduce(c)
	}
	c.ready, c.shown = true, true
	c.theirs, c.known = c.opened.knowledge, c.opened.knowledge
	s.speak.vectors(c.name).show(c.theirs)
	s.hear.vectors(c.name).show(c.theirs)
	c.heads = c.theirs.Max()
	c.dirty = true // something may have changed since it was announced
	c.ahead, c.behind, c.told = 0, 0, 0
	return s.reweigh(c)
}

const (
	declinedHere = "declined here"
	declinedPeer = "declined by peer"
	declinedBoth = "no keys in common"
)

// Status.Why of a collection that one side alone has, because the other holds as
// many as it may. Unlike what is not wanted, it is missing there.
const (
	WhyNoRoom       = "no room here"
	WhyNoRoomAtPeer = "no room at the peer"
)

func (s *Session) onDecline(m *decline) error {
	c := s.collections[m.Collection]
	if c == nil || c.opened == nil || c.shown {
		return ends(ReasonUnknownCollection, "decline of %q", m.Collection)
	}
	c.declined = declinedPeer
	if m.Full {
		c.declined = WhyNoRoomAtPeer
	}
	return nil
}
