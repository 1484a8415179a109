package libp2p

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/crdtstore/crdtstore/p2p"
)

// Options of an endpoint. Key and Secret are needed; the zero value of every
// other field is for production.
type Options struct {
	Key    ed25519.PrivateKey   // the identity
	Secret [p2p.SecretSize]byte // of the mesh
	Listen []string             // multiaddrs; nil means TCP and QUIC, any free port, all interfaces
	Known  []string             // addresses to try, as for p2p.Network.Add

	Protocol string // of the member stream; "" means "/crdtstore/sync/1"
	NoMDNS   bool   // neither announce on nor ask the local network

	NATPortMap bool     // ask the router to forward a port
	HolePunch  bool     // let peers behind routers meet with the help of Relays
	Relays     []string // addresses of relays to be reached through; they need not be members

	Dial    p2p.Backoff   // between attempts; zero means 1 s to 5 min
	Refusal p2p.Backoff   // of peers that are kept out; zero means p2p.Refusal
	Proof   time.Duration // limit for the proof, and for the member stream after it; 0 means 10 s
	Logger  *slog.Logger  // nil means silence
}

// settings are Options, read and completed.
type settings struct {
	Options
	key      crypto.PrivKey
	self     peer.ID
	listen   []ma.Multiaddr
	relays   []peer.AddrInfo
	protocol protocol.ID

	parting time.Duration          // how long a closing side waits for the other to read why
	look    time.Duration          // how often the own addresses are looked at
	between func(a, b string) bool // whether two peers are cut off from each other, by a test
}

// read checks every field and reports all bad ones at once.
func (o Options) read() (settings, error) {
	s := settings{Options: o}
	var errs []error
	bad := func(field string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", field, err))
		}
	}
	if len(o.Key) != ed25519.PrivateKeySize {
		bad("Key", fmt.Errorf("%d bytes, want %d", len(o.Key), ed25519.PrivateKeySize))
	} else {
		var err error
		s.key, err = crypto.UnmarshalEd25519PrivateKey(o.Key)
		bad("Key", err)
		if err == nil {
			s.self, err = peer.IDFromPrivateKey(s.key)
			bad("Key", err)
		}
	}
	if o.Secret == ([p2p.SecretSize]byte{}) {
		bad("Secret", errors.New("all zero"))
	}
	if o.Listen == nil {
		s.Listen = []string{"/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1", "/ip6/::/tcp/0", "/ip6/::/udp/0/quic-v1"}
	}
	for _, text := range s.Listen {
		a, err := ma.NewMultiaddr(text)
		bad("Listen "+text, err)
		s.listen = append(s.listen, a)
	}
	for _, text := range o.Relays {
		info, err := peer.AddrInfoFromString(text)
		bad("Relays "+text, err)
		if err == nil {
			s.relays = append(s.relays, *info)
		}
	}
	for _, text := range o.Known {
		_, _, err := parse(text)
		bad("Known", err)
	}
	s.complete()
	if len(errs) > 0 {
		return s, fmt.Errorf("libp2p network: %w", errors.Join(errs...))
	}
	return s, nil
}

func (s *settings) complete() {
	s.protocol = protocol.ID(s.Protocol)
	if s.protocol == "" {
		s.protocol = "/crdtstore/sync/1"
	}
	if s.Proof <= 0 {
		s.Proof = 10 * time.Second
	}
	s.parting, s.look = time.Second, 30*time.Second
	s.between = func(string, string) bool { return false }
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
}
