package antientropy

import (
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// committed answers a frame whose content now holds durably. Whether all of
// it does is read from the store itself: where the base was not covered,
// nothing was learned, and the peer is shown what is known here. Documents
// that were refused are named; one that came reduced and cannot be completed
// is asked for whole, and its frame comes again.
func (s *Session) committed(in Committed) error {
	g := s.merges[in.ID]
	switch {
	case g == nil:
		return nil
	case in.Refused != "":
		return ends(in.Refused, "%s", in.Detail)
	case in.Err != nil:
		return failed("merge into "+g.collection.name, in.Err)
	}
	c := g.collection
	delete(s.merges, in.ID)
	s.touch(c)
	c.arrived = c.arrived[1:]
	s.arriving.remove(g.cost)
	c.done, c.dirty, c.recount, c.quiet = g.seq, true, true, false
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	if len(in.Wanted) > 0 {
		if err := s.useless(c); err != nil {
			return err
		}
		return s.askWhole(c, g, v, in.Wanted)
	}
	known, now := v.Knowledge(), refusedNow(g.frame, in.Refusals)
	accepted := c.refusedHere.covered(known)
	applied := holds(known, g.frame, func(from, to string) bool {
		return c.refusedHere.hole(from, to) || now.hole(from, to)
	})
	if !applied {
		if err := s.useless(c); err != nil {
			return err
		}
	} else if !in.Known && !g.known {
		c.unfit = 0
	}
	c.changedAgain(g.frame.Documents) // with what the peer has now, it may take them
	if applied && len(now) > 0 {
		err = s.sayRefused(c, g.seq, now)
	} else {
		err = s.send(&ack{Collection: c.name, Seq: g.seq, Applied: applied})
	}
	if err == nil && applied {
		err = s.weigh(c, g, in)
	}
	if err != nil || applied && !accepted {
		return err
	}
	return s.show(c, v)
}

// useless counts a frame that did not fit or could not be completed. An honest
// sender is told so, and gives up after maxSkips of them, with at most a window of
// others behind each.
func (s *Session) useless(c *collection) error {
	if c.unfit++; c.unfit > (maxSkips+1)*s.limits.Frames {
		return ends(ReasonNoProgress, "%d frames of %s in a row that do not fit", c.unfit, c.name)
	}
	return nil
}

// askWhole answers a frame with the documents of it that must come whole.
func (s *Session) askWhole(c *collection, g *merge, v View, keys []string) error {
	if !s.both(FeatureReduced) {
		return ends(ReasonBadFrame, "%s/%s came reduced, which was not agreed on", c.name, keys[0])
	}
	m := &want{Collection: c.name, Seq: g.seq, Keys: keys[:min(len(keys), s.limits.Wanted)]}
	if err := s.send(m); err != nil {
		return err
	}
	return s.show(c, v)
}

// sayRefused answers a frame with the documents of it that are not taken.
func (s *Session) sayRefused(c *collection, seq uint64, now refusals) error {
	m := &refuse{Collection: c.name, Seq: seq}
	for _, key := range now.sorted() {
		d := now[key]
		if !s.both(FeatureRefusals) {
			return ends(ReasonRefused, "%s/%s: %s", c.name, key, d.reason)
		}
		m.Documents = append(m.Documents, refusedKey{Key: key, Reason: d.reason})
		if err := s.refuse(c, &c.refusedHere, false, Refusal{key, d.reason}, d.heads); err != nil {
			return err
		}
	}
	return s.send(m)
}

// refusedNow are the documents of a frame that were refused.
func refusedNow(f Frame, all []Refusal) refusals {
	if len(all) == 0 {
		return nil
	}
	now := refusals{}
	for _, r := range all {
		at, ok := slices.BinarySearchFunc(f.Documents, r.Key, func(d Document, key string) int { return strings.Compare(d.Key, key) })
		if ok {
			now[r.Key] = &refused{reason: cutText(r.Reason, maxText), heads: f.Documents[at].Heads}
		}
	}
	return now
}

// holds reports whether k covers the frame's vector at every key of it but
// those that it may lack.
func holds(k crdt.Knowledge, f Frame, lacks func(from, to string) bool) bool {
	ok := true
	crdt.Overlay(k, crdt.Knowledge{}.Raise(f.From, f.To, crdt.VersionVector{}, f.Vector), func(from, to string, mine, frame crdt.VersionVector) {
		ok = ok && (mine.Covers(frame) || lacks(from, to))
	})
	return ok
}

// answered takes the frame that a message answers, which must be the oldest
// one on its way; feature "" is always there.
func (s *Session) answered(name string, seq uint64, what, feature string) (c *collection, f flight, err error) {
	if c, err = s.met(name, what); err != nil {
		return nil, f, err
	}
	if feature != "" && !s.both(feature) {
		return nil, f, ends(ReasonOutOfOrder, "%s of %s, which was not agreed on", what, name)
	}
	if len(c.flights) == 0 || c.flights[0].seq != seq {
		return nil, f, ends(ReasonOutOfOrder, "%s %d of %s", what, seq, name)
	}
	f = c.flights[0]
	c.flights = c.flights[1:]
	s.window.remove(f.cost)
	s.pace.acknowledged(s.limits)
	s.clock.progress = s.clock.now
	c.quiet = false
	return c, f, nil
}

// onAck learns that a frame has become durable at the peer, or that it did
// not fit there and the peer's knowledge follows.
func (s *Session) onAck(m *ack) error {
	c, f, err := s.answered(m.Collection, m.Seq, "ack", "")
	if err != nil {
		return err
	}
	if m.Applied {
		c.skips = 0
		c.raiseTheirs(f.from, f.to, f)
		if c.refusedThere.covered(c.theirs) {
			c.unmute()
		}
		return s.reweigh(c)
	}
	if f.seq > c.astray { // those sent before the peer has shown what it knows were bound to follow
		c.skips++
		c.astray = c.sent
	}
	c.resync = true
	c.notTried(f)
	if c.skips > maxSkips {
		return ends(ReasonNoProgress, "%d frames of %s in a row did not fit", c.skips, c.name)
	}
	return nil
}

// maxSkips is how many frames in a row may not fit before a session ends; what
// was under way behind such a frame counts as one with it.
const maxSkips = 16
