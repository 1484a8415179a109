package node

import (
	"context"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/p2p"
)

// lazyConn sends one message for every token.
type lazyConn struct {
	p2p.Conn
	tokens chan struct{}
	sent   int
}

func (c *lazyConn) Send(ctx context.Context, message []byte) error {
	select {
	case <-c.tokens:
		c.sent++
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestOutbox(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		c := &lazyConn{tokens: make(chan struct{}, 100)}
		o := newOutbox(c)
		ctx, cancel := context.WithCancel(t.Context())
		go o.run(ctx)
		for range 17 {
			o.put(make([]byte, 1<<20))
		}
		o.askRoom()
		bubble.Wait()
		if !o.full() {
			t.Error("17 MiB do not fill it")
		}
		for range 14 {
			c.tokens <- struct{}{}
		}
		bubble.Wait()
		if o.full() || c.sent != 14 || o.waiting() != 3<<20 {
			t.Errorf("full after %d messages, %d bytes wait", c.sent, o.waiting())
		}
		if told(o) {
			t.Error("3 MiB are no room to go on")
		}
		c.tokens <- struct{}{}
		bubble.Wait()
		if !told(o) {
			t.Error("nobody is told that there is room")
		}
		c.tokens <- struct{}{}
		bubble.Wait()
		if told(o) {
			t.Error("nobody waits for room")
		}
		if o.askRoom(); !told(o) {
			t.Error("there is room already")
		}
		o.finish()
		bubble.Wait()
		select {
		case <-o.ended:
			t.Error("it ended before the last message")
		default:
		}
		cancel()
		<-o.ended
		if c.sent != 16 || !errors.Is(o.failed, context.Canceled) {
			t.Errorf("%d messages, %v", c.sent, o.failed)
		}
	})
}

// told reports whether it was told that there is room.
func told(o *outbox) bool {
	select {
	case <-o.room:
		return true
	default:
		return false
	}
}
