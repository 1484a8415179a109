package memory

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

func TestTwoPeers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(1)
		h.SetLatency(10*time.Millisecond, 20*time.Millisecond)
		a, _ := h.Start(Options{Self: "a"})
		b, err := h.Start(Options{Self: "b", Known: a.Addrs()})
		if err != nil {
			t.Fatal(err)
		}
		var ca, cb p2p.Conn
		for e := range a.Events() {
			t.Log("a", e.Kind, e.Peer, e.Addrs)
			if e.Kind == p2p.Up {
				ca = e.Conn
				break
			}
		}
		for e := range b.Events() {
			if e.Kind == p2p.Up {
				cb = e.Conn
				break
			}
		}
		ctx := context.Background()
		for i := range 100 {
			if err := ca.Send(ctx, []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 {
			m, err := cb.Receive(ctx)
			if err != nil || len(m) != 1 || m[0] != byte(i) {
				t.Fatal(m, err)
			}
		}
		cb.Close("done")
		_, err = ca.Receive(ctx)
		t.Log(err)
		a.Close()
		b.Close()
	})
}
