package libp2p

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/crdtstore/crdtstore/p2p"
)

const (
	maxAddr  = 256 // bytes of an address from a peer
	maxAddrs = 16  // per peer in one message
)

// parse reads an address that ends in a peer id.
func parse(text string) (peer.ID, ma.Multiaddr, error) {
	info, err := peer.AddrInfoFromString(text)
	if err != nil {
		return "", nil, fmt.Errorf("%w: %q: %w", p2p.ErrAddress, p2p.Clean(text), err)
	}
	if len(info.Addrs) != 1 {
		return "", nil, fmt.Errorf("%w: %q: only a peer id", p2p.ErrAddress, p2p.Clean(text))
	}
	return info.ID, info.Addrs[0], nil
}

// full appends the peer id to addresses, best first: those that other machines
// can reach before loopback, TCP before QUIC.
func full(id peer.ID, addrs []ma.Multiaddr) []string {
	suffix, err := ma.NewComponent("p2p", id.String())
	if err != nil {
		return nil
	}
	addrs = slices.Clone(addrs)
	slices.SortStableFunc(addrs, func(a, b ma.Multiaddr) int { return cmp.Compare(rank(a), rank(b)) })
	var out []string
	for _, a := range addrs {
		if text := a.Encapsulate(suffix.Multiaddr()).String(); usable(a) && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// rank orders the addresses of one peer, the first to try first.
func rank(a ma.Multiaddr) int {
	r := 0
	if has(a, ma.P_QUIC_V1) {
		r++
	}
	if manet.IsIPLoopback(a) {
		r += 2
	}
	if has(a, ma.P_CIRCUIT) {
		r += 4
	}
	return r
}

// usable tells whether an address can be dialled from another process at all.
func usable(a ma.Multiaddr) bool {
	return (has(a, ma.P_TCP) || has(a, ma.P_QUIC_V1) || has(a, ma.P_CIRCUIT)) &&
		!manet.IsIPUnspecified(a) && !manet.IsIP6LinkLocal(a)
}

// believable keeps, of what a peer says, the addresses of that one peer that
// are worth a try. Loopback is meant only between processes of one machine
// (local); anywhere else it would make us dial ourselves.
func believable(id string, addrs []string, local bool) []string {
	var out []string
	for _, text := range addrs {
		if len(text) > maxAddr || len(out) == maxAddrs {
			continue
		}
		of, a, err := parse(text)
		if err != nil || of.String() != id || !usable(a) || manet.IsIPLoopback(a) && !local {
			continue
		}
		if ip, err := manet.ToIP(a); err == nil && ip.IsMulticast() {
			continue
		}
		out = append(out, text)
	}
	return out
}

func has(a ma.Multiaddr, protocol int) bool {
	_, err := a.ValueForProtocol(protocol)
	return err == nil
}
