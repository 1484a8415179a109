package antientropy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// Count is a number of documents. Counts are exact up to CountLimit; what is
// more is CountMany, and what is not known is CountUnknown.
type Count int

// Special values of Count, and the greatest exact one.
const (
	CountUnknown Count = -1
	CountLimit   Count = 10_000
	CountMany    Count = CountLimit + 1
)

// String prints "17", ">10000" or "?".
func (c Count) String() string {
	switch {
	case c < 0:
		return "?"
	case c > CountLimit:
		return ">" + strconv.Itoa(int(CountLimit))
	}
	return strconv.Itoa(int(c))
}

// Phase is where a collection stands between the two peers.
type Phase string

// The phases.
const (
	PhaseOpening   Phase = "opening"     // what the peer knows is not known yet
	PhaseDraining  Phase = "catching up" // documents are, or have to be, on their way
	PhaseInStep    Phase = "in step"     // both know the same
	PhaseConverged Phase = "converged"   // both know the same and showed the same root
	PhaseDiverged  Phase = "diverged"    // both know the same and hold different content
	PhaseRefused   Phase = "refused"     // both know the same, but for documents that one of them refused
	PhaseDeclined  Phase = "declined"    // one side does not want the collection, or has no room for it
)

// Status is where one collection stands between the two peers.
type Status struct {
	Collection string
	Phase      Phase
	Why        string    // "paused here", "paused by peer", "declined here", "declined by peer", "no keys in common", WhyNoRoom, WhyNoRoomAtPeer or ""
	Ahead      Count     // documents that the peer lacks
	Behind     Count     // documents that the peer has and this replica lacks, as the peer counts
	Root       [32]byte  // when Phase is PhaseConverged
	Refused    []Refused // documents that one of the two does not take from the other, in order of keys
	Lazy       bool      // this side announces what it got from others, and sends it when asked
	LazyByPeer bool      // so does the peer
}

// Status tells where each collection of the session stands, in order of
// names.
func (s *Session) Status() []Status {
	var all []Status
	s.each(func(c *collection) error {
		all = append(all, s.status(c))
		return nil
	})
	return all
}

// Shown is what the peer is known to hold of each collection of which it has
// said so: its own word, what it sent since, and what it acknowledged; nothing
// of one whose keys it does not want. It may be asked after the session has
// closed, and must not be changed.
func (s *Session) Shown() map[string]crdt.Knowledge {
	all := map[string]crdt.Knowledge{}
	for name, c := range s.collections {
		if c.ready || c.unwanted() {
			if c.mine.Weight() > 0 { // else it is a collection of the peer alone
				all[name] = c.relevant()
			}
		}
	}
	return all
}

// Proven is Shown of one collection, if both sides have shown the same root of just that
// knowledge: they hold the same, whatever the numbers of changes stand for. ok is
// false if they have not.
func (s *Session) Proven(collection string) (k crdt.Knowledge, ok bool) {
	c := s.collections[collection]
	if c == nil || !c.ready {
		return k, false
	}
	if compared, equal := c.verdict(); !compared || !equal {
		return k, false
	}
	return c.relevant(), true
}

// relevant is what the peer holds, without what is no use to know when the session
// is over: entries that the peer alone has spoken of.
func (c *collection) relevant() crdt.Knowledge {
	if c.theirs.Weight() <= c.mine.Weight()+fewEntries {
		return c.theirs
	}
	return concerning(c.theirs, c.mine.Max())
}

// unwanted reports whether the peer has said that it holds none of the keys
// that are wanted here.
func (c *collection) unwanted() bool { return c.declined == declinedPeer || c.declined == declinedBoth }

func (s *Session) status(c *collection) Status {
	t := Status{Collection: c.name, Why: c.declined, Lazy: c.lazy.level != eager, LazyByPeer: c.lazy.asked, Ahead: c.whatIsAhead(), Behind: c.whatIsBehind(), Refused: c.whatIsRefused()}
	compared, equal := c.verdict()
	switch {
	case c.declined != "":
		t.Phase = PhaseDeclined
	case !c.ready:
		t.Phase = PhaseOpening
	case compared && equal:
		t.Phase, t.Root = PhaseConverged, c.verify.mine.root
	case compared:
		t.Phase = PhaseDiverged
	case c.inStep && c.whatIsBehind() <= 0:
		t.Phase = PhaseInStep
	case c.lacksOnlyRefused():
		t.Phase = PhaseRefused
	default:
		t.Phase = PhaseDraining
	}
	if t.Why == "" && s.pausedHere {
		t.Why = "paused here"
	} else if t.Why == "" && s.pausedThere {
		t.Why = "paused by peer"
	}
	return t
}

// whatIsRefused lists the documents that either side has refused.
func (c *collection) whatIsRefused() []Refused {
	var all []Refused
	for _, side := range []struct {
		of     refusals
		byPeer bool
	}{{c.refusedHere, false}, {c.refusedThere, true}} {
		for _, key := range side.of.sorted() {
			all = append(all, Refused{c.name, Refusal{key, side.of[key].reason}, side.byPeer})
		}
	}
	slices.SortStableFunc(all, func(a, b Refused) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// lacksOnlyRefused reports whether nothing is under way, and both sides know
// the same but for documents that were refused.
func (c *collection) lacksOnlyRefused() bool {
	if !c.idle() || len(c.refusedHere)+len(c.refusedThere) == 0 || c.behind > 0 {
		return false
	}
	only := true
	crdt.Overlay(c.mine, c.theirs, func(from, to string, mine, theirs crdt.VersionVector) {
		only = only && (mine.Equal(theirs) || c.refusedHere.hole(from, to) || c.refusedThere.hole(from, to))
	})
	return only
}

// Common is, for each collection that both sides have opened, or that the peer
// does not want, which of its keys both want. It may be asked after the session has closed.
func (s *Session) Common() map[string][]KeyRange {
	all := map[string][]KeyRange{}
	for name, c := range s.collections {
		switch {
		case c.ready:
			all[name] = c.within
		case c.unwanted():
			all[name] = nil
		}
	}
	return all
}
