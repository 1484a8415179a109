package libp2p

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/internal/roster"
)

// piped is a stream, and the connection that carries it, over a pipe that holds
// nothing: a write is under way until the other end has read it.
type piped struct {
	network.Stream
	pipe net.Conn
}

func (p piped) Read(b []byte) (int, error)         { return p.pipe.Read(b) }
func (p piped) Write(b []byte) (int, error)        { return p.pipe.Write(b) }
func (p piped) SetReadDeadline(t time.Time) error  { return p.pipe.SetReadDeadline(t) }
func (p piped) SetWriteDeadline(t time.Time) error { return p.pipe.SetWriteDeadline(t) }
func (p piped) CloseWrite() error                  { return nil }

type carrier struct {
	network.Conn
	pipe net.Conn
}

func (c carrier) Close() error { return c.pipe.Close() }

// conversation is a Conn whose other end is far.
func conversation(t *testing.T) (c *conn, far net.Conn, n *Network) {
	near, far := net.Pipe()
	n = &Network{roster: roster.New("self", roster.Options{})}
	n.parting = time.Second
	t.Cleanup(func() { n.roster.Close() })
	return newConn(n, &link{conn: carrier{pipe: near}, peer: "them"}, piped{pipe: near}), far, n
}

// TestReasonBehindAMessage: a Conn is closed while a message is being written,
// and who sends that gives up, as a node does when a connection ends. The peer reads
// the message, and then the reason.
func TestReasonBehindAMessage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		c, far, n := conversation(t)
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan error, 1)
		go func() { sent <- c.Send(ctx, []byte("on its way")) }()
		bubble.Wait()
		c.Close("garbage")
		bubble.Wait()
		cancel()
		bubble.Wait()
		r := p2p.NewFrameReader(far)
		if m, err := r.Next(); err != nil || string(m) != "on its way" {
			t.Errorf("read %q, %v", m, err)
		}
		_, err := r.Next()
		if closed := (*p2p.CloseError)(nil); !errors.As(err, &closed) || closed.Reason != "garbage" {
			t.Errorf("ended by %v", err)
		}
		far.Close()
		<-sent
		n.tasks.Wait()
	})
}

// TestNothingBehindHalfAMessage: what was not written to its end is followed by nothing
// that could be taken for the rest of it.
func TestNothingBehindHalfAMessage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		c, far, n := conversation(t)
		ctx, cancel := context.WithCancel(t.Context())
		sent := make(chan error, 1)
		go func() { sent <- c.Send(ctx, []byte("on its way")) }()
		if _, err := far.Read(make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-sent; !errors.Is(err, context.Canceled) {
			t.Errorf("sent: %v", err)
		}
		c.Close("had enough")
		if m, err := far.Read(make([]byte, 10)); err == nil {
			t.Errorf("%d bytes behind half a message", m)
		}
		n.tasks.Wait()
	})
}

// TestPeerThatDoesNotRead is not waited for longer than it is given.
func TestPeerThatDoesNotRead(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		c, far, n := conversation(t)
		sent := make(chan error, 1)
		go func() { sent <- c.Send(t.Context(), []byte("on its way")) }()
		bubble.Wait()
		began := time.Now()
		c.Close("had enough")
		if err := <-sent; !errors.Is(err, p2p.ErrClosed) {
			t.Errorf("sent: %v", err)
		}
		n.tasks.Wait()
		if took := time.Since(began); took != patient*time.Second {
			t.Errorf("waited %v", took)
		}
		if _, err := far.Read(make([]byte, 10)); err == nil {
			t.Error("the connection is open")
		}
	})
}
