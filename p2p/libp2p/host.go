package libp2p

import (
	"math"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	ma "github.com/multiformats/go-multiaddr"
)

// newHost starts the libp2p host: two transports, no discovery of its own, and
// limits that a small device can bear.
func newHost(s settings, gate *gater) (host.Host, error) {
	a := &assembly{settings: s, gate: gate}
	if err := a.network(); err != nil {
		return nil, a.fail(err)
	}
	e, err := a.host()
	if err != nil {
		return nil, a.fail(err)
	}
	return e, nil
}

// resources bounds what all peers together, each peer, and those still in
// their handshake may hold.
func resources() (network.ResourceManager, error) {
	limits := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Conns: 256, ConnsInbound: 192, ConnsOutbound: 192, FD: 256,
			Streams: 2048, StreamsInbound: 1024, StreamsOutbound: 2048, Memory: 128 << 20,
		},
		Transient: rcmgr.ResourceLimits{
			Conns: 64, ConnsInbound: 32, ConnsOutbound: 64, FD: 64,
			Streams: 128, StreamsInbound: 64, StreamsOutbound: 128, Memory: 16 << 20,
		},
		PeerDefault: rcmgr.ResourceLimits{
			Conns: 8, ConnsInbound: 8, ConnsOutbound: 8, FD: 8,
			Streams: 64, StreamsInbound: 32, StreamsOutbound: 64, Memory: 32 << 20,
		},
	}.Build(rcmgr.InfiniteLimits)
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits), rcmgr.WithMetricsDisabled(),
		rcmgr.WithLimitPerSubnet(
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: 64}},
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 64, ConnCount: 64}, {PrefixLength: 56, ConnCount: math.MaxInt}}))
}

// tcpFirst dials TCP at once, as it carries three times as much on a small
// machine, QUIC a little later, and relays last.
func tcpFirst(addrs []ma.Multiaddr) []network.AddrDelay {
	var out []network.AddrDelay
	for _, a := range addrs {
		d := network.AddrDelay{Addr: a}
		switch {
		case has(a, ma.P_CIRCUIT):
			d.Delay = time.Second
		case has(a, ma.P_QUIC_V1):
			d.Delay = 250 * time.Millisecond
		}
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b network.AddrDelay) int { return int(a.Delay - b.Delay) })
	return out
}

// gater keeps out the peers that failed the proof or were cut, before they
// cost more than a handshake.
type gater struct {
	barred func(peer string) bool
}

func (g *gater) InterceptPeerDial(p peer.ID) bool             { return !g.barred(p.String()) }
func (g *gater) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }
func (g *gater) InterceptAccept(network.ConnMultiaddrs) bool  { return true }
func (g *gater) InterceptSecured(_ network.Direction, p peer.ID, _ network.ConnMultiaddrs) bool {
	return !g.barred(p.String())
}
func (g *gater) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
