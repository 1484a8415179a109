package node

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// peer is what this node remembers of another one, over all its sessions.
type peer struct {
	id string

	mu        sync.Mutex
	name      string
	addrs     []string
	seen      time.Time // when it was last up
	paused    bool      // by Pause of this peer
	session   *session  // nil while there is none
	early     *session  // to which the peer has not agreed yet; counts for nothing
	reason    string    // why the last session, or attempt, ended
	inSyncAt  time.Time // zero: never, since the node was opened
	rtt       time.Duration
	skew      *time.Duration // of its clock against the one here; nil: never told
	documents int            // that it sent and that were committed
	boots     [][16]byte     // the boot nonces it has shown, newest last
	ours      bool           // the last session has ended because of the store here
	// shown is, by collection, what it was known to hold when its last session
	// ended; the map is never changed, only replaced.
	shown map[string]crdt.Knowledge
	// proven is, by collection, what both held for sure, see session.prove; as shown is.
	proven map[string]crdt.Knowledge
	// within is what of the collections was exchanged with it then.
	within map[string][]antientropy.KeyRange
}

// maxBoots is how many restarts of a peer are remembered.
const maxBoots = 16

// introduced notes what the peer says of itself. It reports whether that
// proves that two processes run under one PeerID: a boot nonce that came back
// after another one had replaced it.
func (p *peer) introduced(name string, boot [16]byte) (clone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name = name
	if n := len(p.boots); n > 0 && p.boots[n-1] == boot {
		return false
	}
	clone = slices.Contains(p.boots, boot)
	p.boots = append(p.boots, boot)
	if len(p.boots) > maxBoots {
		p.boots = p.boots[1:]
	}
	return clone
}

// converged notes when nothing was missing on either side.
func (p *peer) converged(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inSyncAt = at
}

func (p *peer) pong(rtt time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rtt = rtt
}

// skewed notes how far the clock of the peer is ahead, and reports whether it is
// far off for the first time since it was not.
func (p *peer) skewed(by time.Duration) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.skew != nil && p.skew.Abs() > MaxSkew
	p.skew = &by
	return by.Abs() > MaxSkew && !was
}

// received counts documents of the peer that were committed here.
func (p *peer) received(documents int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.documents += documents
}

// stranger reports whether nothing is known of the peer but why it is not here.
func (p *peer) stranger() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session == nil && p.early == nil && p.seen.IsZero() && len(p.addrs) == 0 && p.name == "" && !p.paused
}

// live is the session with the peer, nil if there is none.
func (p *peer) live() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session
}

// running lists the session and the one to which the peer has not agreed yet,
// as far as there are any.
func (p *peer) running() (all []*session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range []*session{p.session, p.early} {
		if s != nil {
			all = append(all, s)
		}
	}
	return all
}

// setEarly notes that s may become the session.
func (p *peer) setEarly(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.early = s
}

// endEarly forgets it.
func (p *peer) endEarly(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.early == s {
		p.early, p.ours = nil, s.failedHere()
	}
}

// setSession notes that a session has begun.
func (p *peer) setSession(s *session, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.session, p.reason, p.seen = s, "", at
	if p.early == s {
		p.early = nil
	}
}

// endSession forgets s, unless another one has followed already, and notes what
// the peer was known to hold then; where it did not get to say so, what it
// held before is still the best that is known.
func (p *peer) endSession(s *session, why string, shown map[string]crdt.Knowledge, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == s {
		p.shown, p.within = united(p.shown, shown), s.machine.Common()
		p.session, p.reason, p.seen, p.rtt = nil, why, at, 0
		p.ours = s.failedHere()
	}
}

// setReason notes why the peer cannot be reached.
func (p *peer) setReason(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reason = why
}

// setAddrs replaces the addresses; it reports whether they are others.
func (p *peer) setAddrs(addrs []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Equal(p.addrs, addrs) {
		return false
	}
	p.addrs = slices.Clone(addrs)
	return true
}

// setPaused pauses or resumes this peer, and returns its session.
func (p *peer) setPaused(on bool) *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = on
	return p.session
}

// united is a new map of both, in which the second wins.
func united(a, b map[string]crdt.Knowledge) map[string]crdt.Knowledge {
	both := make(map[string]crdt.Knowledge, len(a)+len(b))
	maps.Copy(both, a)
	maps.Copy(both, b)
	return both
}

// lacks is what p is known to hold of a collection, with the keys that it does
// not want counted as held.
func (p *peer) lacks(collection string, shown, mine crdt.Knowledge) crdt.Knowledge {
	p.mu.Lock()
	defer p.mu.Unlock()
	ranges, ok := p.within[collection]
	if !ok {
		return shown
	}
	for _, r := range complement(ranges) {
		shown = shown.Raise(r.From, r.To, crdt.VersionVector{}, mine.Max())
	}
	return shown
}

// lastShown is what the peer held when it was last here; empty if it never was.
func (p *peer) lastShown() map[string]crdt.Knowledge {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown
}
