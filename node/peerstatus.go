package node

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// PeerState is how a peer stands to this node.
type PeerState string

// The states.
const (
	InSync  PeerState = "in-sync" // both hold the same, as far as both know
	Syncing PeerState = "syncing" // catching up, one way or both
	Offline PeerState = "offline" // no session; Why says more
	Refused PeerState = "refused" // it cannot prove membership, broke the protocol, or speaks another version of it
	Paused  PeerState = "paused"  // one of the two asked not to exchange
	// Passive is a peer with which there is no session because there are, or it
	// has, enough: what it writes comes, and goes there, by way of others.
	Passive PeerState = "passive"
)

// The distinct reasons in PeerStatus.Why. A peer that broke the protocol is
// Refused with the reason of the session, a Syncing one says what it does, and
// a Passive one "not among my 8 sessions" if this node has no room. A peer with a
// collection for which one of the two has no room is Syncing: see MaxCollections.
const (
	WhyDown         = "peer down"
	WhyWrongSecret  = p2p.ReasonWrongSecret
	WhyWrongVersion = string(antientropy.ReasonWrongVersion) // it speaks another version of the protocol
	WhyPausedHere   = "paused here"
	WhyPausedByPeer = "paused by peer"
	WhySpace        = "no space here"
	WhyNoRoom       = "no room among its sessions"
)

// PeerStatus is what this node knows of a peer. What it does not know is nil.
type PeerStatus struct {
	Peer  string   // PeerID text, "12D3Koo…"
	Name  string   // "" when it was never said
	Addrs []string // where it was last seen, or is tried
	State PeerState
	Why   string // "" exactly when State is InSync
	// Detail is the transport's word on why the peer is Offline; may be "".
	Detail string
	// Behind is how many documents this node lacks, as the peer says.
	Behind *Count
	// Ahead is how many documents the peer lacks; of an Offline or Passive one,
	// by what it held when it was last here.
	Ahead *Count
	// LastConverged is when last nothing was missing on either side.
	LastConverged *time.Time
	RTT           *time.Duration
	// Skew is how far the clock of the peer is ahead of the one here, behind if it
	// is negative, as it was told last; known to half the RTT.
	Skew *time.Duration
	// Refused lists the documents that this node does not take from the peer,
	// or the peer from it, in this session, in order of collections and keys.
	// Everything else is exchanged. They are offered again when they change, or
	// when the peers meet anew.
	Refused []RefusedDocument
	// Exchange says how changes pass; nil without a session.
	Exchange *Exchange

	spare bool // no session with it is wanted
	final bool // only refused documents are lacking: waiting does not help
}

// RefusedDocument is a document that one node does not take from another,
// because it is malformed, or would be too large or too costly once merged.
type RefusedDocument struct {
	Collection, Key string
	Reason          string
	ByPeer          bool // the peer refuses it, not this node
}

// Peers lists the peers that are known, in the order of their IDs.
func (n *Node) Peers(ctx context.Context) iter.Seq2[PeerStatus, error] {
	return func(yield func(PeerStatus, error) bool) {
		if n.mesh == nil {
			return
		}
		reach := n.mesh.reach()
		for _, p := range n.mesh.all() {
			err := ctx.Err()
			if n.closed() {
				err = ErrClosed
			}
			if err != nil {
				yield(PeerStatus{}, err)
				return
			}
			if !yield(n.peerStatus(p, reach[p.id]), nil) {
				return
			}
		}
	}
}

// peerStatus asks the session, or tells why there is none.
func (n *Node) peerStatus(p *peer, reach p2p.Peer) PeerStatus {
	p.mu.Lock()
	st := PeerStatus{Peer: p.id, Name: p.name, Addrs: slices.Clone(p.addrs), Detail: p.reason}
	if !p.inSyncAt.IsZero() {
		at := p.inSyncAt
		st.LastConverged = &at
	}
	if rtt := p.rtt; rtt > 0 {
		st.RTT = &rtt
	}
	if p.skew != nil {
		skew := *p.skew
		st.Skew = &skew
	}
	s := p.session
	p.mu.Unlock()
	if len(st.Addrs) == 0 {
		st.Addrs = slices.Clone(reach.Addrs)
	}
	if s != nil {
		if now, ok := s.status(); ok {
			st.Detail = ""
			st.describe(now, n.mesh.pauses(p))
			if n.space.full() {
				st.Why = WhySpace
			}
			return st
		}
	}
	if reach.State == p2p.StateRefused {
		st.State, st.Why = Refused, p2p.Clean(reach.Reason)
		return st
	}
	st.State, st.Why = Offline, WhyDown
	if reach.Reason != "" {
		st.Detail = p2p.Clean(reach.Reason)
	}
	n.passive(p, &st)
	st.Ahead = n.aheadOf(p)
	return st
}

// describe sums up what a session says of its collections.
func (st *PeerStatus) describe(now standing, pausedHere bool) {
	if now.met.IsZero() {
		st.State, st.Why = Syncing, string(antientropy.PhaseOpening)
		return
	}
	all, pending := now.collections, false
	e := exchange(all, now.counters)
	st.Exchange = &e
	st.State = InSync
	st.Ahead, st.Behind = &Count{}, &Count{}
	var left []antientropy.Status // for which one of the two has no room
	for _, c := range all {
		if c.Phase == antientropy.PhaseDeclined {
			if c.Why == antientropy.WhyNoRoom || c.Why == antientropy.WhyNoRoomAtPeer {
				left = append(left, c)
			}
			continue
		}
		st.Ahead, st.Behind = sum(st.Ahead, c.Ahead), sum(st.Behind, c.Behind)
		for _, r := range c.Refused {
			st.Refused = append(st.Refused, RefusedDocument{r.Collection, p2p.Clean(r.Key), p2p.Clean(r.Reason), r.ByPeer})
		}
		switch c.Phase {
		case antientropy.PhaseInStep, antientropy.PhaseConverged:
		case antientropy.PhaseRefused:
			st.final = true
		default:
			pending = true
			if st.State == InSync || c.Phase == antientropy.PhaseDiverged {
				st.State, st.Why = Syncing, string(c.Phase)
			}
		}
	}
	st.final = (st.final || len(left) > 0) && !pending
	if len(left) > 0 && st.State == InSync {
		st.State, st.Why = Syncing, whyLeft(left)
	}
	if len(st.Refused) > 0 && st.Why != string(antientropy.PhaseDiverged) {
		st.State, st.Why = Syncing, whyRefused(st.Refused)
	}
	byPeer := func(c antientropy.Status) bool { return c.Why == WhyPausedByPeer }
	if slices.ContainsFunc(all, byPeer) {
		st.State, st.Why = Paused, WhyPausedByPeer
	}
	if pausedHere {
		st.State, st.Why = Paused, WhyPausedHere
	}
}

// whyLeft counts collections for which there is no room, and names the first.
func whyLeft(all []antientropy.Status) string {
	first := all[0]
	if len(all) == 1 {
		return fmt.Sprintf("%s: %s", first.Why, first.Collection)
	}
	return fmt.Sprintf("%s: %s, and %d more collections", first.Why, first.Collection, len(all)-1)
}

// whyRefused counts refused documents, and names the first. One that each
// side refuses of the other is one document.
func whyRefused(all []RefusedDocument) string {
	n := 0
	for i, d := range all {
		if i == 0 || d.Collection != all[i-1].Collection || d.Key != all[i-1].Key {
			n++
		}
	}
	many := "s"
	if n == 1 {
		many = ""
	}
	first := all[0]
	why := fmt.Sprintf("refused: %d document%s: %s/%s: %s", n, many, first.Collection, first.Key, first.Reason)
	if first.ByPeer {
		why += " (says the peer)"
	}
	return why
}

// sum adds a count to a total; with one unknown the total is unknown.
func sum(total *Count, n antientropy.Count) *Count {
	if total == nil || n < 0 {
		return nil
	}
	t := total.plus(min(int(n), MaxCount), n > antientropy.CountLimit)
	return &t
}

// aheadOf counts the documents that a peer that is away lacks, by what it held
// when it was last here; nil if it never was since this node was opened.
func (n *Node) aheadOf(p *peer) *Count {
	shown := p.lastShown()
	if len(shown) == 0 {
		return nil
	}
	total := Count{}
	for _, c := range n.collections() {
		v, err := n.docs.View(c)
		if err != nil {
			return nil
		}
		keys, more, err := v.Candidates(p.lacks(c, shown[c], v.Knowledge()), "", MaxCount)
		v.Close()
		if err != nil {
			return nil
		}
		total = total.plus(len(keys), more)
	}
	return &total
}
