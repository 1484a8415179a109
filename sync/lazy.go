package antientropy

import (
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// In a mesh a change reaches most peers by several ways. Links that turn out
// to bring what is there already become lazy (Plumtree: Leitão, Pereira,
// Rodrigues, "Epidemic Broadcast Trees", 2007): the receiver asks, with a
// prune, to be told what is known, in a have, instead of being sent it. What
// it then does not get elsewhere it asks for, with a graft, and the link sends
// again. Prune and graft are about one collection and one direction.
//
// What a have says is also how both sides learn, without documents, that the
// other has come to know the same.
const (
	announceFirst = 20 * time.Millisecond  // until a change is announced in a quiet moment
	announceEvery = 100 * time.Millisecond // between announcements
	graftAfter    = 150 * time.Millisecond // until what was announced and came from nowhere is asked for
	lazyMost      = 2 * time.Second        // a peer that has not caught up with what was announced is sent it
	maxHaves      = 16                     // key ranges of one announcement
	newWeighs     = 4                      // repeated documents that one new document makes up for
	maxPatience   = 64                     // documents
)

// How much of what is new is sent at once.
const (
	eager    = iota // everything
	ownOnly         // only when there is something that was written here
	announce        // nothing
)

// lazy is what a session knows of a collection's two directions.
type lazy struct {
	// Sending.
	level    int            // eager, ownOnly or announce
	raised   uint64         // frames up to this one were sent before the level was raised
	said     crdt.Knowledge // what the peer was told that this side holds; not kept while both ways are eager
	announce timer
	spoke    time.Time // when something was announced last
	urgent   bool      // what is held back goes once, because somebody waits for it
	behind   hope      // that the peer gets elsewhere what is held back

	// Receiving.
	asked    bool // the peer was asked to be lazy
	credit   int  // repeated documents for which it will not be
	patience int  // credit after the next graft
	first    hope // of what was announced, until it is here
	later    crdt.Knowledge
}

// hope is that something becomes known without this link in time.
type hope struct {
	of    crdt.Knowledge
	until timer
}

// quiet reports whether neither side holds anything back.
func (l *lazy) quiet() bool { return l.level == eager && !l.asked }

// holdsBack reports whether what the peer lacks is only announced to it. It is
// asked with a fresh look at the store.
func (s *Session) holdsBack(c *collection) bool {
	l := &c.lazy
	if l.level == eager || l.urgent || c.refusedThere.pending() || l.level == ownOnly && s.ownPending(c) {
		l.behind = hope{}
		return false
	}
	if !l.behind.until.on {
		l.behind.of = c.mine
		s.arm(c, &l.behind.until, lazyMost)
	}
	c.ahead, c.recount = CountUnknown, true
	return true
}

// urge sends what is held back from the peer, though the link stays as lazy as it
// is.
func (s *Session) urge(name string) {
	if c := s.collections[name]; c != nil && c.lazy.level != eager {
		c.lazy.urgent, c.dirty = true, true
		s.touch(c)
	}
}

// ownPending reports whether the peer lacks something that was written here.
func (s *Session) ownPending(c *collection) bool {
	own := false
	crdt.Overlay(c.mine, c.known, func(_, _ string, mine, known crdt.VersionVector) {
		own = own || mine.Counter(s.config.Self) > known.Counter(s.config.Self)
	})
	return own
}

// weigh judges a link by a frame that has been dealt with: when more of what it
// brings is repeated than is made up for by what is new, the peer is asked to
// announce instead. Frames with more behind them are left to run: their sender
// is told what comes from elsewhere.
func (s *Session) weigh(c *collection, g *merge, in Committed) error {
	if g.frame.ahead() {
		return nil
	}
	l, n := &c.lazy, len(g.frame.Documents)
	known, repeated := in.Known || g.known, min(in.Repeated, n)
	if known {
		repeated = n
		s.counters.Repeated.Frames++
	}
	s.counters.Repeated.Documents += uint64(repeated)
	if !l.asked {
		n = max(s.relayed(g.frame), repeated)
	}
	if len(g.frame.Documents) == 0 && known {
		repeated, n = 1, 1
	}
	if len(in.Refusals) == 0 {
		c.saying(g.frame.From, g.frame.To, g.frame.Vector)
	}
	l.credit = min(l.credit+newWeighs*(n-repeated), maxPatience) - repeated
	if l.credit >= 0 || !g.last {
		return nil
	}
	if l.quiet() {
		l.said = crdt.Knowledge{}
	}
	l.credit, l.asked = 0, true
	s.counters.Prunes++
	return s.send(&prune{Collection: c.name, Seq: g.seq})
}

// relayed counts the documents of a frame that the peer did not write last. What
// it writes itself it sends in any case, until it was asked twice.
func (s *Session) relayed(f Frame) (n int) {
	for _, d := range f.Documents {
		if slices.ContainsFunc(d.Heads, func(h crdt.Dot) bool { return h.Replica != s.peer.Replica }) {
			n++
		}
	}
	return n
}

// onPrune holds back more of what is new. A prune that answers a frame from
// before the last one says nothing new.
func (s *Session) onPrune(m *prune) error {
	c, err := s.met(m.Collection, "prune")
	if err != nil {
		return err
	}
	l := &c.lazy
	if m.Seq == 0 || m.Seq > c.sent {
		return ends(ReasonOutOfOrder, "prune of frame %d of %s after %d", m.Seq, c.name, c.sent)
	}
	s.counters.Prunes++
	if m.Seq <= l.raised {
		return nil
	}
	if l.quiet() {
		l.said = crdt.Knowledge{}
	}
	l.level, l.raised = min(l.level+1, announce), c.sent
	return nil
}

// onGraft sends again, beginning with what was held back.
func (s *Session) onGraft(m *graft) error {
	c, err := s.met(m.Collection, "graft")
	if err != nil {
		return err
	}
	s.counters.Grafts++
	s.awake(c)
	return nil
}

// awake makes this side's direction eager.
func (s *Session) awake(c *collection) {
	c.lazy.level, c.lazy.raised, c.lazy.behind = eager, c.sent, hope{}
	c.dirty = true
	s.touch(c)
}

// regret gives up to hope that the peer gets elsewhere what it still lacks.
func (s *Session) regret(c *collection) {
	of := c.lazy.behind.of
	c.lazy.behind = hope{}
	if !c.known.Covers(of) {
		s.awake(c)
		return
	}
	c.dirty = true // what came since is held back anew
	s.touch(c)
}
