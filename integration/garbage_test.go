package integration

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/crdtstore/crdtstore/internal/patience"
)

// strangers are things that connect to a peer's port and are no peers. Each
// returns what it left open.
var strangers = map[string]func(net.Conn) error{
	"random bytes": func(c net.Conn) error {
		b := make([]byte, 64<<10)
		for i := range b {
			b[i] = byte(rand.Uint32())
		}
		_, err := c.Write(b)
		return err
	},
	"a web browser": func(c net.Conn) error {
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		return err
	},
	"an oversized length": func(c net.Conn) error {
		_, err := c.Write(binary.AppendUvarint(nil, 1<<40))
		return err
	},
	"half a handshake": func(c net.Conn) error {
		_, err := io.WriteString(c, "\x13/multistream/1.0.0\n\x07/noise\n\x00")
		return err
	},
	"silence": func(net.Conn) error { return nil },
}

// TestStrangersOnThePort: whatever connects to a peer's port is cut, and the
// members do not notice.
func TestStrangersOnThePort(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	var open []net.Conn
	for range 8 {
		for what, talk := range strangers {
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", a.port))
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			defer c.Close()
			talk(c) // the peer may cut it before the last byte
			open = append(open, c)
		}
	}
	b.ctl("put", "c/meanwhile", `{"n":1}`)
	a.sees("c/meanwhile", `{"n":1}`)
	for _, c := range open {
		c.SetReadDeadline(patience.End(t))
		if _, err := io.Copy(io.Discard, c); isTimeout(err) {
			t.Error("a stranger was not cut")
		}
	}
	b.ctl("put", "c/after", `{"n":2}`)
	a.sees("c/after", `{"n":2}`)
	if s, err := a.status(); err != nil || len(s.Peers) != 1 {
		t.Errorf("a knows %+v, %v; want b alone", s.Peers, err)
	}
	converged(t, "c", a, b)
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}
