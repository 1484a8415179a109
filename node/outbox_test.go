package node

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

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
	synctest.Test(t, func(t *testing.T) {
		c := &lazyConn{tokens: make(chan struct{}, 100)}
		o := newOutbox(c)
		ctx, cancel := context.WithCancel(t.Context())
		go o.run(ctx)
		for range 9 {
			o.put(make([]byte, 1<<20))
		}
		synctest.Wait()
		if !o.full() {
			t.Error("9 MiB do not fill it")
		}
		for range 2 {
			c.tokens <- struct{}{}
		}
		synctest.Wait()
		if o.full() || c.sent != 2 {
			t.Errorf("full after %d messages", c.sent)
		}
		select {
		case <-o.room:
		default:
			t.Error("nobody is told that there is room")
		}
		for range 6 {
			c.tokens <- struct{}{}
		}
		o.finish()
		synctest.Wait()
		select {
		case <-o.ended:
			t.Error("it ended before the last message")
		default:
		}
		cancel()
		<-o.ended
		if c.sent != 8 || !errors.Is(o.failed, context.Canceled) {
			t.Errorf("%d messages, %v", c.sent, o.failed)
		}
	})
}
