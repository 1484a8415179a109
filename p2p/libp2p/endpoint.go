package libp2p

import (
	"errors"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/core/sec"
	"github.com/libp2p/go-libp2p/core/transport"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
)

// endpoint is a libp2p host that is put together here, from the parts that are
// used: libp2p.New, which takes any, links WebRTC, WebTransport and WebSocket
// into every program, and finds out by reflection what belongs to what.
type endpoint struct {
	*basichost.BasicHost
	parts []func() error // to be closed before the host, the last first
}

// Close ends all connections and frees what the host has.
func (e *endpoint) Close() error {
	var errs []error
	for i := len(e.parts) - 1; i >= 0; i-- {
		errs = append(errs, e.parts[i]())
	}
	return errors.Join(append(errs, e.BasicHost.Close())...)
}

// assembly is an endpoint that is being put together.
type assembly struct {
	settings
	gate     *gater
	limits   network.ResourceManager
	bus      event.Bus
	store    peerstore.Peerstore
	upgrader transport.Upgrader
	swarm    *swarm.Swarm
	quic     *quicreuse.ConnManager
	undo     []func() error // if it fails, the last first
}

// fail frees what there is so far.
func (a *assembly) fail(err error) error {
	for i := len(a.undo) - 1; i >= 0; i-- {
		err = errors.Join(err, a.undo[i]())
	}
	return err
}

// network makes the part that dials and listens, with both transports.
func (a *assembly) network() (err error) {
	if a.limits, err = resources(); err != nil {
		return err
	}
	a.undo = append(a.undo, a.limits.Close)
	if a.store, err = pstoremem.NewPeerstore(); err != nil {
		return err
	}
	a.undo = append(a.undo, a.store.Close)
	if err := errors.Join(a.store.AddPrivKey(a.self, a.key), a.store.AddPubKey(a.self, a.key.GetPublic())); err != nil {
		return err
	}
	a.bus = eventbus.NewBus()
	a.swarm, err = swarm.NewSwarm(a.self, a.store, a.bus,
		swarm.WithConnectionGater(a.gate), swarm.WithResourceManager(a.limits), swarm.WithDialRanker(tcpFirst),
		// Where not 5 of 100 dials succeed, the network does not carry them.
		swarm.WithUDPBlackHoleSuccessCounter(&swarm.BlackHoleSuccessCounter{N: 100, MinSuccesses: 5, Name: "UDP"}),
		swarm.WithIPv6BlackHoleSuccessCounter(&swarm.BlackHoleSuccessCounter{N: 100, MinSuccesses: 5, Name: "IPv6"}))
	if err != nil {
		return err
	}
	a.undo = append(a.undo, a.swarm.Close)
	return a.transports()
}

// transports adds TCP with Noise and yamux, and QUIC.
func (a *assembly) transports() error {
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	secure, err := noise.New(noise.ID, a.key, muxers)
	if err != nil {
		return err
	}
	if a.upgrader, err = upgrader.New([]sec.SecureTransport{secure}, muxers, nil, a.limits, a.gate); err != nil {
		return err
	}
	var options []tcp.Option
	if !a.HolePunch {
		// Two peers that dial each other from their listen ports at the same
		// moment would meet in one TCP connection with two clients.
		options = append(options, tcp.DisableReuseport())
	}
	overTCP, err := tcp.NewTCPTransport(a.upgrader, a.limits, nil, options...)
	if err != nil {
		return err
	}
	if a.quic, err = newQUIC(a.key, a.limits); err != nil {
		return err
	}
	a.undo = append(a.undo, a.quic.Close)
	overQUIC, err := quic.NewTransport(a.key, a.quic, nil, a.gate, a.limits)
	if err != nil {
		return err
	}
	return errors.Join(a.swarm.AddTransport(overTCP), a.swarm.AddTransport(overQUIC))
}

// host makes the part that knows protocols, and begins to listen.
func (a *assembly) host() (*endpoint, error) {
	manager, err := connmgr.NewConnManager(96, 160, connmgr.WithGracePeriod(2*a.Proof))
	if err != nil {
		return nil, err
	}
	o := &basichost.HostOpts{EventBus: a.bus, ConnManager: manager, UserAgent: "crdtstore", EnableHolePunching: a.HolePunch}
	observed, err := a.reachability(o)
	if err != nil {
		return nil, errors.Join(err, manager.Close())
	}
	h, err := basichost.NewHost(a.swarm, o)
	if err != nil {
		return nil, errors.Join(err, manager.Close())
	}
	e := &endpoint{BasicHost: h, parts: []func() error{a.quic.Close, a.swarm.Close}}
	a.undo = []func() error{e.Close}
	if observed != nil {
		e.parts = append(e.parts, observed.Close)
	}
	if err := a.relayed(e); err != nil {
		return nil, err
	}
	if err := a.swarm.Listen(a.listen...); err != nil {
		return nil, err
	}
	if observed != nil {
		observed.Start(a.swarm)
	}
	h.Start()
	return e, nil
}
