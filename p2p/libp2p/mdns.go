package libp2p

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/discovery/mdns"

	"github.com/crdtstore/crdtstore/p2p"
)

// serviceName is what the members of a mesh announce and ask for on the local
// network: 50 bits of an HMAC of the secret, so that meshes do not even meet,
// in the 15 characters of a DNS-SD service name. It tells nothing about the
// secret, but an observer can see that two peers are of the same mesh.
func serviceName(secret [p2p.SecretSize]byte) string {
	h := hmac.New(sha256.New, secret[:])
	h.Write([]byte("crdtstore mdns service 1"))
	sum := base32.StdEncoding.EncodeToString(h.Sum(nil))
	return "_crdt-" + strings.ToLower(sum[:10]) + "._udp"
}

// finder announces us by mDNS and hears of others. Without a network it does
// nothing until restart finds one.
type finder struct {
	net *Network

	mu      sync.Mutex
	service mdns.Service
}

func newFinder(n *Network) *finder {
	f := &finder{net: n}
	f.restart()
	return f
}

// HandlePeerFound implements mdns.Notifee. Nothing of what is heard is proven.
func (f *finder) HandlePeerFound(info peer.AddrInfo) {
	id := info.ID.String()
	if addrs := believable(id, full(info.ID, info.Addrs), false); len(addrs) > 0 {
		f.net.roster.Hear(id, addrs)
	}
}

// restart announces the addresses that we have now.
func (f *finder) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end()
	service := mdns.NewMdnsService(f.net.host, serviceName(f.net.Secret), f)
	if err := service.Start(); err != nil {
		f.net.Logger.Warn("mDNS is off until the network changes", "err", err)
		_ = service.Close()
		return
	}
	f.service = service
}

func (f *finder) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.end()
}

func (f *finder) end() {
	if f.service != nil {
		_ = f.service.Close()
		f.service = nil
	}
}
