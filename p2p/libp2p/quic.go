package libp2p

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"net"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	quicgo "github.com/quic-go/quic-go"
)

// newQUIC makes what the QUIC transport has its sockets of. Its two keys come
// from the peer's, so that those it was connected to before a restart learn at
// once that they no longer are.
func newQUIC(key crypto.PrivKey, limits network.ResourceManager) (*quicreuse.ConnManager, error) {
	raw, err := key.Raw()
	if err != nil {
		return nil, err
	}
	var reset quicgo.StatelessResetKey
	var token quicgo.TokenGeneratorKey
	for info, out := range map[string][]byte{
		"libp2p quic stateless reset key": reset[:],
		"libp2p quic token generator key": token[:],
	} {
		derived, err := hkdf.Key(sha256.New, raw, nil, info, len(out))
		if err != nil {
			return nil, err
		}
		copy(out, derived)
	}
	return quicreuse.NewConnManager(reset, token,
		quicreuse.ConnContext(func(ctx context.Context, client *quicgo.ClientInfo) (context.Context, error) {
			addr, err := quicreuse.ToQuicMultiaddr(client.RemoteAddr, quicgo.Version1)
			if err != nil {
				addr = nil // the limits decide on it all the same
			}
			scope, err := limits.OpenConnection(network.DirInbound, false, addr)
			if err != nil {
				return ctx, err
			}
			ctx = network.WithConnManagementScope(ctx, scope)
			context.AfterFunc(ctx, scope.Done)
			return ctx, nil
		}),
		quicreuse.VerifySourceAddress(func(addr net.Addr) bool { return limits.VerifySourceAddress(addr) }))
}
