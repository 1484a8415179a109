package libp2p

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/internal/roster"
)

// Network is a started libp2p endpoint.
type Network struct {
	settings
	host   host.Host
	boot   boot
	roster *roster.Roster
	ctx    context.Context // ends at Close
	stop   context.CancelFunc
	tasks  sync.WaitGroup
	finder *finder // mDNS; nil when switched off

	mu       sync.Mutex
	links    map[network.Conn]*link
	sessions map[peer.ID]*session
	closed   bool
}

var _ p2p.Network = (*Network)(nil)

// Start opens the listen addresses and begins to look for members. It reports
// every bad option at once.
func Start(o Options) (*Network, error) {
	s, err := o.read()
	if err != nil {
		return nil, err
	}
	return start(s)
}

func start(s settings) (*Network, error) {
	n := &Network{
		settings: s,
		roster:   roster.New(s.self.String(), roster.Options{Dial: s.Dial, Refusal: s.Refusal}),
		links:    map[network.Conn]*link{},
		sessions: map[peer.ID]*session{},
	}
	_, _ = rand.Read(n.boot[:]) // never fails
	n.ctx, n.stop = context.WithCancel(context.Background())
	var err error
	n.host, err = newHost(s, &gater{barred: func(peer string) bool {
		return n.roster.Barred(peer) || s.between(s.self.String(), peer)
	}})
	if err != nil {
		n.stop()
		n.roster.Close()
		return nil, err
	}
	n.host.SetStreamHandler(proofProtocol, n.handleProof)
	n.host.SetStreamHandler(peersProtocol, n.handlePeers)
	n.host.SetStreamHandler(n.protocol, n.handleMember)
	n.host.Network().Notify(&network.NotifyBundle{
		ConnectedF:    func(_ network.Network, c network.Conn) { n.connected(c) },
		DisconnectedF: func(_ network.Network, c network.Conn) { n.disconnected(c) },
	})
	for _, c := range n.host.Network().Conns() {
		n.connected(c) // came before we asked to be notified
	}
	_ = n.Add(s.Known...) // checked by read
	if !s.NoMDNS {
		n.finder = newFinder(n)
	}
	n.spawn(func() { n.roster.Dial(n.ctx, n.try) })
	n.spawn(n.watchAddrs)
	return n, nil
}

// Self implements p2p.Network.
func (n *Network) Self() string { return n.self.String() }

// Addrs implements p2p.Network.
func (n *Network) Addrs() []string {
	addrs, err := n.host.Network().InterfaceListenAddresses()
	if err != nil {
		n.Logger.Debug("own addresses", "err", err)
	}
	if h, ok := n.host.(interface{ AllAddrs() []ma.Multiaddr }); ok {
		addrs = append(addrs, h.AllAddrs()...) // those that routers forward
	}
	return full(n.self, append(addrs, n.host.Addrs()...)) // and those of relays
}

// Events implements p2p.Network.
func (n *Network) Events() <-chan p2p.Event { return n.roster.Events() }

// Peers implements p2p.Network.
func (n *Network) Peers() []p2p.Peer { return n.roster.Peers() }

// Add implements p2p.Network.
func (n *Network) Add(addrs ...string) error {
	for _, a := range addrs {
		if _, _, err := parse(a); err != nil {
			return err
		}
	}
	for _, a := range addrs {
		id, _, _ := parse(a)
		n.roster.Add(id.String(), []string{a})
	}
	return nil
}

// Want implements p2p.Network.
func (n *Network) Want(id string, wanted bool, addrs ...string) {
	n.roster.Want(id, wanted, believable(id, addrs, n.near()))
}

// near tells whether a member runs on this machine, so that its loopback
// addresses, and those it tells, mean ours.
func (n *Network) near() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.links {
		if l.local && l.proven {
			return true
		}
	}
	return false
}

// cut keeps a peer out that misbehaved, and ends all that leads to it.
func (n *Network) cut(id, reason string) {
	if open := n.roster.Refuse(id, reason); open != nil {
		_ = open.Close(reason)
	}
	if p, err := peer.Decode(id); err == nil {
		for _, l := range n.linksTo(p) {
			if !n.parts(l) {
				l.close()
			}
		}
	}
}

// parts reports whether a link carries a Conn that has ended: whoever ended it
// closes the link, when the peer has read why.
func (n *Network) parts(l *link) bool {
	n.mu.Lock()
	c := l.member
	n.mu.Unlock()
	return c != nil && c.err() != nil
}

// Close implements p2p.Network. It takes up to a second when a peer does not
// read the farewell.
func (n *Network) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		n.tasks.Wait()
		return nil
	}
	n.closed = true
	var open []*conn
	for _, s := range n.sessions {
		if s.conn != nil {
			open = append(open, s.conn)
		}
	}
	n.mu.Unlock()
	n.stop()
	n.roster.Close()
	var partings sync.WaitGroup
	for _, c := range open {
		if c.end(&p2p.CloseError{Reason: p2p.ReasonClosing}) {
			partings.Go(func() { c.goodbye(p2p.ReasonClosing, n.parting) })
		}
	}
	partings.Wait()
	if n.finder != nil {
		n.finder.close()
	}
	err := n.host.Close()
	n.tasks.Wait()
	return err
}

// spawn runs f in a goroutine that Close waits for, unless Close has begun.
func (n *Network) spawn(f func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return false
	}
	n.tasks.Go(f)
	return true
}
