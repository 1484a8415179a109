package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/p2p"
)

// parseInvites reads invites, which must all be to one mesh.
func parseInvites(texts []string) ([]p2p.Invite, error) {
	var all []p2p.Invite
	for _, t := range texts {
		i, err := p2p.ParseInvite(t)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 && i.Secret != all[0].Secret {
			return nil, errors.New("invites to different meshes")
		}
		all = append(all, i)
	}
	return all, nil
}

// Invite returns a text that makes another node a member of this mesh: the
// mesh secret and the addresses of this node. Who has it is trusted.
func (n *Node) Invite(ctx context.Context) (string, error) {
	if n.mesh == nil {
		return "", ErrNoNetwork
	}
	if n.closed() {
		return "", ErrClosed
	}
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	return p2p.Invite{Secret: n.mesh.secret, Addrs: n.mesh.net.Addrs()}.String(), ctx.Err()
}

// Join makes this node a member of the mesh of the invite, for good. What it
// holds stays, and merges. Sessions with members of the old mesh end, and its
// peers are forgotten.
func (n *Node) Join(ctx context.Context, invite string) error {
	if n.mesh == nil {
		return ErrNoNetwork
	}
	i, err := p2p.ParseInvite(invite)
	if err != nil {
		return err
	}
	return n.mesh.join(ctx, i)
}

func (m *mesh) join(ctx context.Context, i p2p.Invite) error {
	m.changing.Lock()
	defer m.changing.Unlock()
	if m.node.closed() {
		return ErrClosed
	}
	m.mu.Lock()
	same := i.Secret == m.secret
	m.mu.Unlock()
	if same {
		return m.now().add(i.Addrs...)
	}
	if err := saveSecret(m.node.options.Dir, i.Secret[:], m.node.options.EncryptionKey); err != nil {
		return err
	}
	if err := m.leave(); err != nil {
		m.node.sink.log.Warn("leave the old mesh", "error", err)
	}
	m.mu.Lock()
	m.secret, m.peers = i.Secret, map[string]*peer{}
	m.mu.Unlock()
	m.remember()
	net, err := m.open(ctx)
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	m.mu.Lock()
	m.net, m.graph = net, newGraph(m, net)
	m.mu.Unlock()
	m.start()
	return m.now().add(i.Addrs...)
}
