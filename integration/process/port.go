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

// anyPort is a port of this machine at which nobody listens.
func anyPort() (port int, err error) {
	for range 100 {
		port = firstPort + rand.IntN(lastPort-firstPort)
		l, listenErr := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if listenErr == nil {
			return port, l.Close()
		}
		err = errors.Join(err, listenErr)
	}
	return 0, fmt.Errorf("no free port: %w", err)
}
