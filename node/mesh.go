package node

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/libp2p"
	"github.com/crdtstore/crdtstore/p2p/view"
)

// mesh is the network side of a node: the endpoint, the peers it has heard
// of, and the sessions with those who are there.
type mesh struct {
	node   *Node
	device ed25519.PrivateKey
	boot   [16]byte // tells this run of the process from others
	self   string

	changing sync.Mutex // held by Join: one change of mesh at a time

	mu       sync.Mutex
	net      p2p.Network
	graph    *graph // of net
	secret   [p2p.SecretSize]byte
	peers    map[string]*peer
	paused   bool               // all peers
	stop     context.CancelFunc // ends the sessions of net
	sessions *sync.WaitGroup    // of net
	hurried  time.Time          // when peers were hurried last
	stored   sync.Mutex         // held while members are saved
}

// openMesh reads what is kept of the mesh and starts the endpoint; nothing
// happens on it until start.
func openMesh(ctx context.Context, n *Node, device ed25519.PrivateKey) (*mesh, error) {
	m := &mesh{node: n, device: device, peers: map[string]*peer{}}
	rand.Read(m.boot[:])
	secret, err := loadSecret(n.options.Dir, n.options.EncryptionKey)
	if err != nil {
		return nil, err
	}
	m.secret = [p2p.SecretSize]byte(secret)
	known, err := loadMembers(n.options.Dir)
	if err != nil {
		n.putAside(membersFile, "peers are met again by other ways, or by an invite", err)
	}
	invites, err := parseInvites(n.options.Join)
	if err != nil {
		return nil, err
	}
	if len(invites) > 0 && invites[0].Secret != m.secret {
		err := errors.Join(saveMembers(n.options.Dir, nil), saveSecret(n.options.Dir, invites[0].Secret[:], n.options.EncryptionKey))
		if err != nil {
			return nil, err
		}
		m.secret, known = invites[0].Secret, nil
	}
	if m.net, err = m.open(ctx); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	m.self, m.graph = m.net.Self(), newGraph(m, m.net)
	for _, k := range known {
		p := m.peer(k.Peer)
		p.name, p.addrs, p.seen = p2p.Clean(k.Name), k.Addrs, k.Seen
		m.try(k.Addrs)
	}
	for _, i := range invites {
		m.try(i.Addrs)
	}
	return m, nil
}

// open starts an endpoint with the secret of the mesh, on the ports of the last
// time if they are to be had.
func (m *mesh) open(ctx context.Context) (p2p.Network, error) {
	o := m.node.options
	before, err := loadPorts(o.Dir)
	if err != nil {
		m.node.putAside(listenFile, "any port will do", err)
	}
	listen := again(o.Listen, before)
	net, err := m.listen(ctx, listen)
	if err != nil && !slices.Equal(listen, o.Listen) { // taken just now
		net, err = m.listen(ctx, o.Listen)
	}
	if err != nil {
		return nil, err
	}
	if err := savePorts(o.Dir, before, got(o.Listen, net.Addrs())); err != nil {
		return nil, errors.Join(err, net.Close())
	}
	return net, nil
}

// listen starts an endpoint on these addresses.
func (m *mesh) listen(ctx context.Context, addrs []string) (p2p.Network, error) {
	o := m.node.options
	c := NetworkConfig{Device: m.device, Secret: m.secret, Listen: addrs, NoMDNS: o.NoMDNS, Logger: o.Logger}
	if o.Network != nil {
		return o.Network(ctx, c)
	}
	return libp2p.Start(libp2p.Options{
		Key: c.Device, Secret: c.Secret, Listen: c.Listen, NoMDNS: c.NoMDNS, Logger: c.Logger,
	})
}

// try makes the network try addresses; those it cannot read are logged.
func (m *mesh) try(addrs []string) {
	for _, a := range addrs {
		if err := m.now().add(a); err != nil {
			m.node.sink.log.Warn("peer address", "addr", p2p.Clean(a), "error", err)
		}
	}
}

// start begins to act on what the endpoint reports.
func (m *mesh) start() {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, stop := context.WithCancel(m.node.life)
	m.stop, m.sessions = stop, &sync.WaitGroup{}
	graph, sessions := m.graph, m.sessions
	sessions.Go(func() { m.events(ctx, graph, sessions) })
	sessions.Go(func() { graph.run(ctx) })
}

// events acts on what a network reports until the network is closed.
func (m *mesh) events(ctx context.Context, g *graph, sessions *sync.WaitGroup) {
	for e := range g.net.Events() {
		p := m.peer(e.Peer)
		switch e.Kind {
		case p2p.Up:
			l := g.up(e.Conn)
			sessions.Go(func() { m.meet(ctx, p, l) })
		case p2p.Down:
			g.down(e.Peer, e.Reason)
			p.setReason(p2p.Clean(e.Reason))
		case p2p.Unreachable:
			g.step(view.Failed{Peer: e.Peer})
			p.setReason(p2p.Clean(e.Reason))
		case p2p.Refused:
			g.step(view.Failed{Peer: e.Peer})
			p.setReason(p2p.Clean(e.Reason))
			m.node.sink.peerRefused(PeerEvent{Peer: e.Peer, Reason: p2p.Clean(e.Reason)})
		case p2p.Learned:
			g.knows(e.Peer, e.Addrs)
			if p.setAddrs(e.Addrs) {
				m.remember()
			}
		case p2p.Heard:
			g.knows(e.Peer, e.Addrs)
		}
		m.node.progress.changed("")
	}
}

// meet runs a session on a new connection. Nobody is told of it before both
// sides have agreed to have one.
func (m *mesh) meet(ctx context.Context, p *peer, l *link) {
	n := m.node
	told, stop := context.WithCancel(ctx)
	var telling sync.WaitGroup
	defer telling.Wait()
	defer stop()
	telling.Go(func() { l.tell(told) })
	agreed, ok := l.wait(ctx)
	if !ok {
		l.Close(p2p.ReasonClosing) // unless it has ended
		return
	}
	s := newSession(n, p, l)
	p.setEarly(s)
	m.keep(p)
	met := func() {
		agreed = true
		p.setSession(s, n.options.Clock())
	}
	if agreed {
		met()
	} else {
		l.met = met
	}
	reason := s.run(ctx, m.pauses(p))
	if !agreed { // as if it had not been
		p.endEarly(s)
		return
	}
	p.endSession(s, reason, s.machine.Shown(), n.options.Clock())
	p.mu.Lock()
	name := p.name
	p.mu.Unlock()
	n.sink.peerDown(PeerEvent{Peer: p.id, Name: name, Reason: reason, Visit: l.visiting()})
	n.progress.changed("")
}

// network is the endpoint in use.
func (m *mesh) network() p2p.Network {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.net
}

// peer finds or makes what is known of a peer.
func (m *mesh) peer(id string) *peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.peers[id]
	if p == nil {
		m.makeRoom()
		p = &peer{id: id}
		m.peers[id] = p
	}
	return p
}

// maxPeers is how many peers are remembered before those are forgotten of
// which nothing is known: strangers that were refused, mostly.
const maxPeers = 2048

// makeRoom forgets a stranger if there are too many peers; m.mu is held.
func (m *mesh) makeRoom() {
	if len(m.peers) < maxPeers {
		return
	}
	for id, p := range m.peers { // any of them
		if p.stranger() {
			delete(m.peers, id)
			return
		}
	}
}

// keep makes sure that a peer with a session is remembered.
func (m *mesh) keep(p *peer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.peers[p.id] = p
}

// reach is what the network says of each peer; those it knows, and the node
// does not yet, are known from now on.
func (m *mesh) reach() map[string]p2p.Peer {
	by := map[string]p2p.Peer{}
	for _, r := range m.network().Peers() {
		by[r.ID] = r
		m.peer(r.ID)
	}
	return by
}

// all lists the peers in the order of their ids.
func (m *mesh) all() []*peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.peers), func(a, b *peer) int { return cmp.Compare(a.id, b.id) })
}

// live lists the sessions.
func (m *mesh) live() []*session {
	var all []*session
	for _, p := range m.all() {
		if s := p.live(); s != nil {
			all = append(all, s)
		}
	}
	return all
}

// running lists the sessions, also those to which the peer has not agreed yet.
func (m *mesh) running() []*session {
	var all []*session
	for _, p := range m.all() {
		all = append(all, p.running()...)
	}
	return all
}

// changed tells every session that a collection has changed; it never blocks.
func (m *mesh) changed(collection string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.peers {
		for _, s := range p.running() {
			s.dirty.add(collection)
		}
	}
}

// remember keeps the members that were met across restarts.
func (m *mesh) remember() {
	m.stored.Lock()
	defer m.stored.Unlock()
	var kept []member
	for _, p := range m.all() {
		p.mu.Lock()
		if len(p.addrs) > 0 {
			kept = append(kept, member{Peer: p.id, Name: p.name, Addrs: p.addrs, Seen: p.seen.UTC()})
		}
		p.mu.Unlock()
	}
	if err := saveMembers(m.node.options.Dir, kept); err != nil {
		m.node.sink.log.Warn("known peers", "error", err)
	}
}

// leave ends all sessions in good order and closes the endpoint.
func (m *mesh) leave() error {
	m.mu.Lock()
	net, stop, sessions := m.net, m.stop, m.sessions
	m.mu.Unlock()
	if stop == nil {
		return net.Close() // never started
	}
	stop()
	for _, s := range m.running() {
		<-s.ended
	}
	err := net.Close()
	sessions.Wait()
	return err
}

// close is leave for good.
func (m *mesh) close() error {
	m.changing.Lock()
	defer m.changing.Unlock()
	return m.leave()
}
