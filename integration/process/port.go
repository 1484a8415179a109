package process

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports of peers lie below those that systems give to whoever asks for any: a
// connection of another process could have one of these while the peer is down.
const (
	firstPort = 10_000
	lastPort  = 32_000
)

// reserved is a port that is nobody else's, also while its peer is down: who takes a port for a
// peer, in whatever process, takes the UDP port of that number first, which no peer uses.
type reserved struct {
	number int
	claim  net.PacketConn // ends with the process
}

// reserve takes a port of this machine at which nobody listens.
func reserve() (*reserved, error) {
	var errs error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		claim, err := net.ListenPacket("udp", addr)
		if err == nil {
			var l net.Listener
			if l, err = net.Listen("tcp", addr); err == nil {
				return &reserved{port, claim}, l.Close()
			}
			_ = claim.Close()
		}
		errs = errors.Join(errs, err)
	}
	return nil, fmt.Errorf("no free port: %w", errs)
}
