package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// WaitOptions say what WaitConverged waits for.
type WaitOptions struct {
	// Peers are who must be in sync, by ID or name: one without a session is
	// visited for that. None means every peer with which this node has or wants
	// a session: in a mesh of more than Options.Sessions others not every peer
	// that is known, and what those hold comes by way of these.
	Peers []string
}

// PeerSync is the outcome of Sync with one peer.
type PeerSync struct {
	Peer      string
	Name      string
	Converged bool
	Why       string // when not converged
	Received  int    // documents that the peer sent meanwhile
}

// SyncReport is the outcome of Sync.
type SyncReport struct {
	Peers []PeerSync
	Took  time.Duration
}

const (
	// dialTime is how long Sync lets a peer come up that is not there.
	dialTime = 5 * time.Second
	// lookAgain is how often waiting looks without having been told.
	lookAgain = 250 * time.Millisecond
	// opening is how long after it has introduced itself a peer is given to
	// name its collections; it sends all that in one go.
	opening = 200 * time.Millisecond
)

// Sync reconciles now with the named peers, or with all that there is a session
// with, and returns when each is in sync, proven by equal roots, or cannot be:
// it is refused, paused, or down and does not come up within 5 s, or one of the
// two refuses documents of the other and all else is exchanged. A named peer
// without a session is visited for it. When ctx ends first the report says how
// far it came and the error is ErrNotConverged.
func (n *Node) Sync(ctx context.Context, peers ...string) (SyncReport, error) {
	begin := time.Now()
	chosen, err := n.choose(peers)
	if err != nil {
		return SyncReport{}, err
	}
	before := make([]int, len(chosen))
	for i, p := range chosen {
		p.mu.Lock()
		before[i] = p.documents
		p.mu.Unlock()
		if p.live() == nil {
			n.mesh.retry(p)
		}
	}
	if len(peers) > 0 {
		defer n.mesh.hold(ctx, chosen)()
	}
	var states []PeerStatus
	err = n.await(ctx, chosen, func(all []PeerStatus) bool {
		states = all
		for _, s := range all {
			absent := s.State == Passive && len(peers) > 0 || s.State == Offline && !(s.spare && len(peers) == 0)
			if s.State == Syncing && !s.final || absent && time.Since(begin) < dialTime {
				return false
			}
		}
		return true
	})
	report := SyncReport{Took: time.Since(begin)}
	for i, s := range states {
		if s.State == Passive && len(peers) == 0 {
			continue
		}
		p := chosen[i]
		p.mu.Lock()
		received := p.documents - before[i]
		p.mu.Unlock()
		report.Peers = append(report.Peers, PeerSync{s.Peer, s.Name, s.State == InSync, s.Why, received})
	}
	return report, err
}

// WaitConverged returns when the peers hold what this node holds, proven by
// equal roots of every collection; ErrNotConverged when ctx ends first. A node
// that knows no peer has nobody to wait for. See WaitOptions for whom it means
// in a mesh of many.
func (n *Node) WaitConverged(ctx context.Context, o WaitOptions) error {
	if n.mesh == nil && len(o.Peers) == 0 && !n.closed() {
		return nil
	}
	chosen, err := n.choose(o.Peers)
	if err != nil {
		return err
	}
	if len(o.Peers) > 0 {
		defer n.mesh.hold(ctx, chosen)()
	}
	return n.await(ctx, nil, func(all []PeerStatus) bool {
		for _, s := range all {
			if s.State != InSync && !(s.spare && len(o.Peers) == 0) {
				return false
			}
		}
		return true
	}, o.Peers...)
}

func (n *Node) choose(names []string) ([]*peer, error) {
	if n.mesh == nil {
		return nil, ErrNoNetwork
	}
	if n.closed() {
		return nil, ErrClosed
	}
	return n.mesh.find(names)
}

// await looks at peers, each time something has happened, until done says so.
// A peer counts as in sync only when its roots are proven equal.
func (n *Node) await(ctx context.Context, chosen []*peer, done func([]PeerStatus) bool, names ...string) error {
	w := n.progress.add("")
	defer n.progress.remove(w)
	timer := time.NewTicker(lookAgain)
	defer timer.Stop()
	for {
		look := chosen
		if look == nil { // peers may be met meanwhile
			var err error
			if look, err = n.choose(names); err != nil {
				return err
			}
		}
		all := n.prove(look)
		if done(all) {
			return nil
		}
		select {
		case <-w.wake:
		case <-timer.C:
		case <-n.closing:
			return ErrClosed
		case <-ctx.Done():
			return notConverged(ctx.Err(), all)
		}
	}
}

// prove is the state of peers; one whose roots are not compared yet is still
// Syncing, and is asked to compare them.
func (n *Node) prove(peers []*peer) []PeerStatus {
	reach := n.mesh.reach()
	var all []PeerStatus
	for _, p := range peers {
		st := n.peerStatus(p, reach[p.id])
		if s := p.live(); s != nil && st.State == InSync && !s.proven() {
			st.State, st.Why = Syncing, "comparing roots"
		}
		all = append(all, st)
	}
	return all
}

// proven reports whether the roots of all collections are equal, and begins
// to compare those that were not compared.
func (s *session) proven() bool {
	now, ok := s.status()
	if !ok || now.met.IsZero() {
		return false
	}
	for _, c := range now.collections {
		if c.Phase != antientropy.PhaseConverged && c.Phase != antientropy.PhaseDeclined {
			s.tell(antientropy.SyncNow{})
			return false
		}
	}
	return time.Since(now.met) >= opening
}

// retry tries the addresses of a peer at once.
func (m *mesh) retry(p *peer) {
	p.mu.Lock()
	addrs := p.addrs
	p.mu.Unlock()
	m.try(addrs)
}

// notConverged names who is not in sync, and why.
func notConverged(err error, all []PeerStatus) error {
	var who []string
	for _, s := range all {
		if s.State == InSync || s.State == Passive && len(all) > 1 {
			continue
		}
		name := s.Peer
		if s.Name != "" {
			name = s.Name + " (" + s.Peer + ")"
		}
		who = append(who, fmt.Sprintf("%s is %s: %s", name, s.State, s.Why))
	}
	return fmt.Errorf("%w: %s: %w", ErrNotConverged, strings.Join(who, "; "), err)
}
