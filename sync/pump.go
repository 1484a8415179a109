package antientropy

import (
	"errors"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// pump sends frames, one of each collection in turn, until the window is full
// or nothing is left to send.
func (s *Session) pump() error {
	if err := s.payDebts(); err != nil {
		return err
	}
	for again := s.flowing(); again; {
		again = false
		for _, c := range s.inTurn() {
			sent, err := s.pumpOne(c)
			if err != nil {
				return err
			}
			if sent {
				again, s.latest = true, c.name
			}
		}
	}
	if !s.roomy() {
		return nil
	}
	busy := s.active[:0]
	for _, c := range s.active {
		if err := s.settle(c); err != nil {
			return err
		}
		if err := s.owe(c); err != nil {
			return err
		}
		if c.active = c.drain != nil; c.active {
			busy = append(busy, c)
		}
	}
	clear(s.active[len(busy):])
	s.active = busy
	return nil
}

// inTurn lists the active collections, beginning behind the one that sent last:
// when the window has room for one frame at a time, each gets its turn.
func (s *Session) inTurn() []*collection {
	at, found := slices.BinarySearchFunc(s.active, s.latest, func(c *collection, name string) int {
		return strings.Compare(c.name, name)
	})
	if found {
		at++
	}
	if at == 0 || at == len(s.active) {
		return s.active
	}
	return slices.Concat(s.active[at:], s.active[:at])
}

func (s *Session) flowing() bool {
	return s.peer != nil && !s.pausedHere && !s.pausedThere
}

func (s *Session) pumpOne(c *collection) (sent bool, err error) {
	if !s.roomy() || !c.ready || !c.shown || c.resync || c.rehash == rehashAsked {
		return false, nil
	}
	if c.drain == nil {
		if !c.dirty {
			return false, nil
		}
		if err := s.begin(c); err != nil || c.drain == nil {
			return false, err
		}
	}
	if c.live && len(c.flights) >= maxLive {
		return false, nil
	}
	limits := s.pace.limits(s.limits, c.live)
	if c.drain.shared != nil && c.drain.shared.parts > 1 {
		limits.Window = min(limits.Window, s.limits.Window/shareWindow)
		limits.Whole = min(limits.Whole, limits.Window/wholeFrames) // else one frame alone would fill it
	}
	if !s.window.open(limits, limits.Whole) || !s.mayMake(c) {
		return false, nil
	}
	if err := c.drain.elsewhere(c.known); err != nil {
		return false, err
	}
	if wait, err := s.compareFirst(c); wait || err != nil {
		return false, err
	}
	if sent, wait, err := s.sendAhead(c, limits); sent || wait || err != nil {
		return sent, err
	}
	f, err := c.drain.next(c.known, limits)
	if errors.Is(err, ErrNotYet) {
		c.stopDrain()
		c.part.begun = false
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if f == nil && c.refusedThere.pending() {
		if f, err = s.offerAgain(c); err != nil {
			return false, err
		}
	} else if f != nil {
		c.changedAgain(f.Documents)
	}
	if f == nil {
		c.drain.view.Close()
		c.passed = c.drain.passed
		c.drain, c.rehash, c.part = nil, rehashMaybe, part{}
		c.lazy.urgent = false
		return c.dirty, nil
	}
	return true, s.sendFrame(c, *f)
}

// maxLive is how many frames of a collection may be on their way to a peer that
// was in step: to one that does not answer, what is written then goes as one
// when it does.
const maxLive = 32

// begin takes a snapshot when the peer lacks something of what is here.
func (s *Session) begin(c *collection) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	c.dirty = false
	c.mine = v.Knowledge()
	c.ahead = 0
	s.caughtUp(c)
	if c.refusedHere.covered(c.mine) { // one came from elsewhere
		if err := s.show(c, v); err != nil {
			v.Close()
			return err
		}
	}
	if c.known.Covers(c.mine) && !c.refusedThere.pending() {
		c.lazy.urgent = false
		v.Close()
		return nil
	}
	if s.holdsBack(c) {
		v.Close()
		return nil
	}
	c.drain = &drain{view: v, mine: c.mine, opened: s.clock.now, passed: slices.Clone(c.passed)}
	if c.drain.forgotten, err = v.Forgotten(); err != nil {
		return failed("what is forgotten of "+c.name, err)
	}
	c.drain.reduces = func(key string) bool { return s.both(FeatureReduced) && !s.whole.has(c.name, key) }
	return s.startPart(c)
}

func (s *Session) sendFrame(c *collection, f Frame) error {
	if !f.ahead() {
		var err error
		if f.Heads, err = c.signatures(f.Vector); err != nil {
			return err
		}
	}
	c.sent++
	m := &frame{Collection: c.name, Seq: c.sent, From: f.From, To: f.To, Left: uint64(c.drain.left()), content: f}
	if err := s.send(m); err != nil {
		return err
	}
	s.made(c, f)
	c.known = c.known.Raise(f.From, f.To, f.Base, f.Vector)
	c.saying(f.From, f.To, f.Vector)
	s.counters.Sent.count(m)
	c.flights = append(c.flights, flight{c.sent, f.From, f.To, f.Base, f.Vector, len(f.Documents), c.drain.sent(f), m.cost})
	if s.window.frames == 0 {
		s.clock.progress = s.clock.now
	}
	s.window.add(m.cost)
	c.told = Count(m.Left)
	c.quiet = false
	return nil
}

var errNoSignature = errors.New("not held here")

// signatures lists the signed heads without which the peer must not accept
// vector (Law J).
func (c *collection) signatures(vector crdt.VersionVector) ([]crdt.SignedHead, error) {
	var lacking []crdt.ReplicaID
	for r := range vector.Beyond(c.heads) {
		lacking = append(lacking, r)
	}
	if len(lacking) == 0 {
		return nil, nil
	}
	return c.signed(lacking)
}
