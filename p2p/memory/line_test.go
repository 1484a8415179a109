package memory

import (
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/p2p"
)

// TestBandwidth: messages of a direction leave one after the other, those of
// the other direction do not wait for them, and the latency comes on top.
func TestBandwidth(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := New(1)
		h.SetLatency(50*time.Millisecond, 50*time.Millisecond)
		_, _, ca, cb := pairUp(t, h)
		h.SetBandwidth(100_000)
		begin := time.Now()
		arrives := func(c p2p.Conn, at time.Duration) {
			t.Helper()
			if _, err := c.Receive(t.Context()); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(begin); d != at {
				t.Errorf("arrived after %v, want %v", d, at)
			}
		}
		for _, size := range []int{10_000, 20_000, 0} {
			if err := ca.Send(t.Context(), make([]byte, size)); err != nil {
				t.Fatal(err)
			}
		}
		if err := cb.Send(t.Context(), make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		arrives(ca, 60*time.Millisecond)
		arrives(cb, 150*time.Millisecond)
		arrives(cb, 350*time.Millisecond)
		arrives(cb, 350*time.Millisecond)
		if n := h.Carried(); n != 31_000 {
			t.Errorf("carried %d bytes", n)
		}
		begin = time.Now() // the line has been free for 50 ms
		ca.Send(t.Context(), make([]byte, 10_000))
		arrives(cb, 150*time.Millisecond)
		h.SetBandwidth(0)
		begin = time.Now()
		ca.Send(t.Context(), make([]byte, 10_000))
		arrives(cb, 50*time.Millisecond)
	})
}

// TestCarriedUntilTheBreak: of what was sent on a connection that breaks only
// that counts which had left.
func TestCarriedUntilTheBreak(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := New(1)
		_, _, ca, cb := pairUp(t, h)
		h.SetBandwidth(100_000)
		for range 5 {
			if err := ca.Send(t.Context(), make([]byte, 20_000)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(250 * time.Millisecond)
		if _, err := cb.Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Break("a", "b")
		if n := h.Carried(); n != 25_000 {
			t.Errorf("carried %d bytes of 100,000 in a quarter of a second, want 25,000", n)
		}
		if err := ca.Send(t.Context(), make([]byte, 1000)); err == nil || h.Carried() != 25_000 {
			t.Errorf("after the break: %v, carried %d bytes", err, h.Carried())
		}
	})
}
