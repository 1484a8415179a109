package node

import (
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// trail is what was known of one collection at some moments, as far back as it is of use to
// say how old the oldest change is that no peer is known to have.
//
// Nothing but the order of these moments is taken from documents: what was overwritten before any
// peer had it is as old as its first change, a removal has no stamp, and stamps are of the clocks of others.
type trail struct {
	held  crdt.Knowledge // by peers, between them, when this was looked at last
	safe  time.Time      // all that came before is held by peers; zero: not known
	marks []mark         // the oldest first
	count Count          // documents that no peer is known to have
	lost  bool           // that could not be counted
}

// mark is what was known at a moment: what it does not count came later.
type mark struct {
	at    time.Time // zero: when that was is not known any more
	known crdt.Knowledge
}

// maxMarks is how many moments of one collection are remembered.
const maxMarks = 16

// open are the ranges of keys of which not all is held by peers.
type open func(from, to string) bool

// note adds the moment at. held is what peers hold, where says in which ranges documents
// are that they do not, nil that there are none.
func (t *trail) note(at time.Time, known, held crdt.Knowledge, where open) {
	t.distrust(at)
	if !held.Covers(t.held) { // a peer has less than it had: what was safe may not be
		t.safe, t.marks = time.Time{}, nil
	}
	t.held = held
	if where == nil {
		t.safe, t.marks = at, []mark{{at, known}}
		return
	}
	if coveredIn(known, held, where) { // documents that are ahead of what is known have no age
		t.safe, t.marks = time.Time{}, nil
	}
	for i := len(t.marks) - 1; i >= 0; i-- {
		if coveredIn(t.marks[i].known, held, where) {
			if t.marks[i].at.After(t.safe) {
				t.safe = t.marks[i].at
			}
			t.marks = t.marks[i:]
			break
		}
	}
	if n := len(t.marks); n > 0 && t.marks[n-1].known.Equal(known) {
		t.marks[n-1].at = at
	} else {
		t.marks = append(t.marks, mark{at, known})
		t.thin(at)
	}
}

// rest notes that nothing has changed until at.
func (t *trail) rest(at time.Time) {
	t.distrust(at)
	if n := len(t.marks); n > 0 {
		t.marks[n-1].at = at
	}
	if t.count == (Count{}) && !t.lost {
		t.safe = at
	}
}

// distrust forgets when that was which is said to be later than now: the clock
// was wrong then, or is now.
func (t *trail) distrust(now time.Time) {
	if t.safe.After(now) {
		t.safe = time.Time{}
	}
	for i := range t.marks {
		if t.marks[i].at.After(now) {
			t.marks[i].at = time.Time{}
		}
	}
}

// thin leaves out the moment that is missed least: the farther away, the farther apart they may be.
func (t *trail) thin(now time.Time) {
	if len(t.marks) <= maxMarks {
		return
	}
	least, at := 0.0, 0
	for i := 1; i < len(t.marks)-1; i++ {
		gap := t.marks[i+1].at.Sub(t.marks[i-1].at).Seconds() / (now.Sub(t.marks[i].at).Seconds() + 1)
		if at == 0 || gap < least {
			least, at = gap, i
		}
	}
	t.marks = append(t.marks[:at], t.marks[at+1:]...)
}

// coveredIn reports whether peers hold all that was known of the ranges where not all is held.
func coveredIn(known, held crdt.Knowledge, where open) bool {
	all := true
	crdt.Overlay(known, held, func(from, to string, k, h crdt.VersionVector) {
		all = all && (h.Covers(k) || !where(from, to))
	})
	return all
}
