package antientropy

import (
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// refusals are the documents of a collection that one side did not take from
// the other in this session, by key. What the refusing side knows of such a
// key stays behind: a hole of exactly this key in its knowledge.
//
// The sending side treats a hole as held, so that nothing is sent again for
// ever: frames span it, and the refusing side, whose vector there does not
// cover their base, passes over it (Law C). Only when the document has new
// heads, written here or come from the peer, is it offered again, in a frame of
// its own that builds on what the refusing side really knows. A new session
// offers it once more.
type refusals map[string]*refused

type refused struct {
	reason string
	heads  []crdt.Dot // of the document that was refused; none if it has changed since
	again  bool       // sending: it may have other heads by now
}

// headsAsOne is how many heads of a refused document count for as much as
// another refused document: the peer chooses how many there are.
const headsAsOne = 64

func (r *refused) weight() int { return 1 + len(r.heads)/headsAsOne }

func (r refusals) weight() (n int) {
	for _, d := range r {
		n += d.weight()
	}
	return n
}

// sorted lists the refused documents in order of keys.
func (r refusals) sorted() []string { return slices.Sorted(maps.Keys(r)) }

// covered forgets the documents that a replica of knowledge k has come to
// hold, and reports whether there were any.
func (r refusals) covered(k crdt.Knowledge) (any bool) {
	for key, d := range r {
		if len(d.heads) > 0 && covered(k.At(key), d.heads) {
			delete(r, key)
			any = true
		}
	}
	return any
}

// pending reports whether a document may have to be offered again.
func (r refusals) pending() bool {
	for _, d := range r {
		if d.again {
			return true
		}
	}
	return false
}

// hole reports whether [from, to) is exactly one of the refused keys.
func (r refusals) hole(from, to string) bool { return r[from] != nil && to == from+"\x00" }

// refuse notes that a document was refused, here or by the peer.
func (s *Session) refuse(c *collection, all *refusals, byPeer bool, d Refusal, heads []crdt.Dot) error {
	if *all == nil {
		*all = refusals{}
	}
	old := (*all)[d.Key]
	n := 1 + len(heads)/headsAsOne
	if old != nil {
		n -= old.weight()
	}
	for _, c := range s.order {
		n += c.refusedHere.weight() + c.refusedThere.weight()
	}
	if n > s.limits.Refused {
		return ends(ReasonTooMany, "refused documents that count for %d in one session", n)
	}
	if old == nil || old.reason != d.Reason {
		s.emit(Refused{Collection: c.name, Refusal: d, ByPeer: byPeer})
	}
	c.everRefused = c.everRefused || byPeer
	(*all)[d.Key] = &refused{reason: d.Reason, heads: heads}
	return nil
}

// onRefuse learns that everything a frame says holds durably at the peer,
// except documents that it does not take.
func (s *Session) onRefuse(m *refuse) error {
	c, f, err := s.answered(m.Collection, m.Seq, "refuse", FeatureRefusals)
	if err != nil {
		return err
	}
	if err := m.check(f, s.limits); err != nil {
		return err
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	rest := f.from
	for _, d := range m.Documents {
		c.raiseTheirs(rest, d.Key, f)
		rest = d.Key + "\x00"
		r, err := v.Record(d.Key)
		if err != nil {
			return failed("read "+d.Key, err)
		}
		if len(r.Heads) == 0 { // forgotten since; the hole remains until the peer knows what was sent
			r.Heads = c.lackingAt(d.Key, f)
		}
		if len(r.Heads) == 0 {
			continue
		}
		if err := s.refuse(c, &c.refusedThere, true, Refusal{d.Key, d.Reason}, r.Heads); err != nil {
			return err
		}
		if !covered(f.vector, r.Heads) { // a later version, which the peer will pass over where it is on its way
			c.refusedThere[d.Key].heads, c.refusedThere[d.Key].again = nil, true
			c.dirty = true
		}
	}
	c.raiseTheirs(rest, f.to, f)
	c.skips = 0
	return s.reweigh(c)
}

// lackingAt lists up to where a frame counts what the peer does not know of key.
func (c *collection) lackingAt(key string, f flight) (dots []crdt.Dot) {
	for r, n := range f.vector.Beyond(c.theirs.At(key)) {
		dots = append(dots, crdt.Dot{Replica: r, Counter: n})
	}
	return dots
}

// check refuses a message that names what is not in the frame's keys, or too
// much.
func (m *refuse) check(f flight, l Limits) error {
	if len(m.Documents) == 0 || len(m.Documents) > l.Refused {
		return bad("refusal of %d documents", len(m.Documents))
	}
	last := ""
	for _, d := range m.Documents {
		if err := crdt.CheckKey(d.Key); err != nil {
			return bad("refusal of a document: %v", err)
		}
		if !(Frame{From: f.from, To: f.to}).contains(d.Key) || d.Key <= last {
			return bad("refusal of key %q out of place", d.Key)
		}
		if len(d.Reason) > maxText {
			return ends(ReasonOversized, "reason of %d bytes", len(d.Reason))
		}
		last = d.Key
	}
	return nil
}

// raiseTheirs notes that a frame holds at the peer for the keys [from, to).
func (c *collection) raiseTheirs(from, to string, f flight) {
	if to == "" || from < to {
		c.theirs = c.theirs.Raise(from, to, f.base, f.vector)
	}
}

// muted is k with what was refused counted as held.
func (c *collection) muted(k crdt.Knowledge) crdt.Knowledge {
	for key, d := range c.refusedThere {
		k = k.Raise(key, key+"\x00", crdt.VersionVector{}, c.mine.At(key))
		d.again = true // c.mine may count a version that was not offered
	}
	return k
}

// unmute counts as held only what the peer knows and what is on its way, when a
// document is not refused any more: what was counted for it may be a later
// version, which was never offered. The candidates of a drain were listed without
// it, so it begins anew.
func (c *collection) unmute() {
	c.stopDrain()
	c.known = c.theirs
	for _, f := range c.flights {
		c.known = c.known.Raise(f.from, f.to, f.base, f.vector)
	}
	c.known = c.muted(c.known)
	c.dirty = true
}

// offerAgain builds the frame of the next refused document whose heads are
// others now; nil when there is none.
func (s *Session) offerAgain(c *collection) (*Frame, error) {
	d := c.drain
	for _, key := range c.refusedThere.sorted() {
		r := c.refusedThere[key]
		if !r.again {
			continue
		}
		rec, err := d.view.Record(key)
		if err != nil {
			return nil, failed("read "+key, err)
		}
		r.again = false
		if slices.Equal(rec.Heads, r.heads) {
			continue
		}
		theirs, vector := c.theirs.At(key), d.mine.At(key)
		f := &Frame{From: key, To: key + "\x00", Base: least(theirs, vector), Vector: vector}
		_, f.Forgotten = d.forgottenFrom(key, f.To)
		if len(rec.Heads) > 0 && covered(theirs, rec.Heads) { // it is there, only the vector has to follow
			delete(c.refusedThere, key)
			return f, nil
		}
		r.heads = rec.Heads
		doc, err := d.read(key, f.Base, false)
		if err != nil {
			return nil, err
		}
		f.Documents = []Document{doc}
		return f, nil
	}
	return nil, nil
}

// notTried notes that a frame was not applied: what it may have offered again
// of refused documents has neither been taken nor refused.
func (c *collection) notTried(f flight) {
	for key, d := range c.refusedThere {
		if (Frame{From: f.from, To: f.to}).contains(key) && c.theirs.At(key).Covers(f.base) {
			d.heads, d.again = nil, true
		}
	}
}

// changedAgain notes which of the documents of a frame the peer has refused
// before: on their way there the frame will be passed over where they were, and
// of those that came from there the peer holds another version now.
func (c *collection) changedAgain(docs []Document) {
	if len(c.refusedThere) == 0 {
		return
	}
	for _, d := range docs {
		if r := c.refusedThere[d.Key]; r != nil {
			r.again = true
		}
	}
}
