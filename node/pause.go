package node

import (
	"context"
	"fmt"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Pause stops exchanging documents with the named peers, or with all and with
// those who come later, until Resume or until the node is closed. Peers are
// named by ID, or by name where that is clear. Counts stay known. When Pause
// returns without an error, nothing more of these peers becomes visible here:
// what they had sent before is merged, and what comes later waits.
func (n *Node) Pause(ctx context.Context, peers ...string) error { return n.pause(ctx, true, peers) }

// Resume ends Pause for the named peers, or for all.
func (n *Node) Resume(ctx context.Context, peers ...string) error { return n.pause(ctx, false, peers) }

func (n *Node) pause(ctx context.Context, on bool, names []string) error {
	if n.mesh == nil {
		return ErrNoNetwork
	}
	if n.closed() {
		return ErrClosed
	}
	chosen, err := n.mesh.find(names)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		n.mesh.mu.Lock()
		n.mesh.paused = on
		n.mesh.mu.Unlock()
	}
	var told []*session
	for _, p := range chosen {
		p.mu.Lock()
		if len(names) > 0 || !on {
			p.paused = on
		}
		p.mu.Unlock()
		for _, s := range p.running() {
			s.tell(antientropy.Pause{On: n.mesh.pauses(p)})
			told = append(told, s)
		}
	}
	defer n.progress.changed("")
	for _, s := range told {
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// rest returns when the loop has taken what it was told before, and all frames
// that were given to the writer loop until then are committed; or when the
// session is over and nothing of it is left to be committed.
func (s *session) rest(ctx context.Context) error {
	taken := make(chan struct{})
	if s.box.post(func() { close(taken) }) {
		select {
		case <-taken:
		case <-s.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-s.given.none():
		return nil
	case <-s.node.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pauses reports whether nothing is exchanged with p, by the will of this side.
func (m *mesh) pauses(p *peer) bool {
	m.mu.Lock()
	all := m.paused
	m.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	return all || p.paused || m.node.space.full()
}

// find resolves names, which are IDs or names of peers; none means all.
func (m *mesh) find(names []string) ([]*peer, error) {
	m.reach()
	all := m.all()
	if len(names) == 0 {
		return all, nil
	}
	var found []*peer
	for _, name := range names {
		p, err := pick(all, name)
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

func pick(all []*peer, name string) (*peer, error) {
	var called []*peer
	for _, p := range all {
		if p.id == name {
			return p, nil
		}
		p.mu.Lock()
		if p.name == name {
			called = append(called, p)
		}
		p.mu.Unlock()
	}
	switch len(called) {
	case 0:
		return nil, fmt.Errorf("%w: %q", ErrUnknownPeer, name)
	case 1:
		return called[0], nil
	}
	return nil, fmt.Errorf("%w: %d peers are called %q, use an id", ErrUnknownPeer, len(called), name)
}
