package libp2p

import (
	"slices"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/libp2p/go-libp2p/p2p/host/autonat"
	"github.com/libp2p/go-libp2p/p2p/host/autorelay"
	basichost "github.com/libp2p/go-libp2p/p2p/host/basic"
	"github.com/libp2p/go-libp2p/p2p/host/observedaddrs"
	circuit "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
)

// routed reports whether the peer may be behind a router, and wants to be
// reached through it.
func (s *settings) routed() bool { return s.NATPortMap || s.HolePunch || len(s.relays) > 0 }

// reachability sets what peers behind routers need. Without that no two members
// need identify's addresses, so strangers are not told any.
func (a *assembly) reachability(o *basichost.HostOpts) (*observedaddrs.Manager, error) {
	if !a.routed() {
		o.AddrsFactory = func([]ma.Multiaddr) []ma.Multiaddr { return nil }
		return nil, nil
	}
	if a.NATPortMap {
		o.NATManager = basichost.NewNATManager
	}
	observed, err := observedaddrs.NewManager(a.bus, a.swarm)
	if err != nil {
		return nil, err
	}
	o.ObservedAddrsManager = observed
	return observed, nil
}

// relayed lets a peer behind a router be reached through relays, and find out
// whether it must be.
func (a *assembly) relayed(e *endpoint) error {
	if !a.routed() {
		return nil
	}
	if len(a.relays) > 0 {
		if err := circuit.AddTransport(e.BasicHost, a.upgrader); err != nil {
			return err
		}
		relay, err := autorelay.NewAutoRelay(e.BasicHost, autorelay.WithStaticRelays(a.relays))
		if err != nil {
			return err
		}
		relay.Start()
		e.parts = append(e.parts, relay.Close)
	}
	nat, err := autonat.New(e.BasicHost, autonat.UsingAddresses(func() []ma.Multiaddr {
		return slices.DeleteFunc(e.AllAddrs(), func(a ma.Multiaddr) bool { return !manet.IsPublicAddr(a) })
	}))
	if err != nil {
		return err
	}
	e.SetAutoNat(nat)
	return nil
}
