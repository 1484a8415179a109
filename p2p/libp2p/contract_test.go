package libp2p

import (
	"crypto/ed25519"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/p2ptest"
)

// loopback is where tests listen: nothing leaves the machine.
var loopback = []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}

func key(identity int) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = byte(identity)
	return ed25519.NewKeyFromSeed(seed)
}

// walls are the pairs of peers that a test has cut off from each other.
type walls struct {
	mu  sync.Mutex
	set map[[2]string]bool
}

func (w *walls) between(a, b string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.set[[2]string{a, b}] || w.set[[2]string{b, a}]
}

func (w *walls) change(a, b string, up bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.set[[2]string{a, b}] = up
}

func contract(t *testing.T, listen []string) {
	w := &walls{set: map[[2]string]bool{}}
	p2ptest.Run(t, p2ptest.Harness{
		Patience: patience.Of,
		Start: func(t testing.TB, identity int, secret [p2p.SecretSize]byte, parting time.Duration, known ...string) p2p.Network {
			s, err := Options{
				Key: key(identity), Secret: secret, Known: known, Listen: listen, NoMDNS: true,
				Dial: p2ptest.Dial, Refusal: p2ptest.Refusal, Proof: time.Hour,
			}.read()
			if err != nil {
				t.Fatal(err)
			}
			s.between, s.parting = w.between, parting
			n, err := start(s)
			if err != nil {
				t.Fatal(err)
			}
			return n
		},
		Partition: func(t testing.TB, a, b p2p.Network) func() {
			w.change(a.Self(), b.Self(), true)
			id, err := peer.Decode(b.Self())
			if err != nil {
				t.Fatal(err)
			}
			a.(*Network).host.Network().ClosePeer(id)
			return func() { w.change(a.Self(), b.Self(), false) }
		},
	})
}

func TestContract(t *testing.T) {
	t.Run("Both", func(t *testing.T) { contract(t, loopback) })
	t.Run("TCP", func(t *testing.T) { contract(t, loopback[:1]) })
	t.Run("QUIC", func(t *testing.T) { contract(t, loopback[1:]) })
}
