package memory

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/p2p"
)

// pairUp starts two peers on a Hub and returns both ends.
func pairUp(t *testing.T, h *Hub) (a, b *Network, ca, cb p2p.Conn) {
	t.Helper()
	a, err := h.Start(Options{Self: "a"})
	if err != nil {
		t.Fatal(err)
	}
	b, err = h.Start(Options{Self: "b", Known: a.Addrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b, up(a), up(b)
}

func up(n *Network) p2p.Conn {
	for e := range n.Events() {
		if e.Kind == p2p.Up {
			return e.Conn
		}
	}
	return nil
}

func TestLatency(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := New(1)
		h.SetLatency(10*time.Millisecond, 30*time.Millisecond)
		begin := time.Now()
		_, _, ca, cb := pairUp(t, h)
		if d := time.Since(begin); d != 30*time.Millisecond {
			t.Errorf("connected after %v", d)
		}
		begin = time.Now()
		for i := range 200 {
			if err := ca.Send(t.Context(), []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 200 {
			m, err := cb.Receive(t.Context())
			if err != nil || m[0] != byte(i) {
				t.Fatalf("message %d: %v, %v", i, m, err)
			}
			if d := time.Since(begin); i == 0 && d < 10*time.Millisecond || d > 30*time.Millisecond {
				t.Errorf("message %d after %v", i, d)
			}
		}
	})
}

// story is how many messages arrived on each of a number of connections that
// break by chance.
func story(t *testing.T, seed uint64) (out []int) {
	bubble.Test(t, func(t *testing.T) {
		h := New(seed)
		h.SetLoss(0.1)
		a, b, ca, cb := pairUp(t, h)
		for range 20 {
			n := 0
			for ca.Send(t.Context(), nil) == nil {
				n++
			}
			if _, err := cb.Receive(t.Context()); !errors.Is(err, p2p.ErrClosed) {
				t.Errorf("error %v", err) // what was in flight is lost
			}
			out = append(out, n)
			ca, cb = up(a), up(b)
		}
	})
	return out
}

func TestSeedDecides(t *testing.T) {
	one, again, other := story(t, 1), story(t, 1), story(t, 2)
	if fmt.Sprint(one) != fmt.Sprint(again) {
		t.Errorf("seed 1: %v, then %v", one, again)
	}
	if fmt.Sprint(one) == fmt.Sprint(other) {
		t.Errorf("seeds 1 and 2: %v", one)
	}
	sum := 0
	for _, n := range one {
		sum += n
	}
	if sum < 60 || sum > 500 {
		t.Errorf("a loss of 1 in 10 lets %d through on 20 connections", sum)
	}
}

func TestPartitionGroups(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := New(1)
		var all []*Network
		for i := range 5 {
			n, err := h.Start(Options{Self: fmt.Sprint(i), Known: []string{"/memory/1/p2p/0"}})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			all = append(all, n)
		}
		ups := func() (out []int) {
			time.Sleep(20 * time.Minute) // all have tried again by then
			for _, n := range all {
				up := 0
				for _, p := range n.Peers() {
					if p.State == p2p.StateUp {
						up++
					}
				}
				out = append(out, up)
			}
			return out
		}
		if got := fmt.Sprint(ups()); got != "[4 4 4 4 4]" {
			t.Errorf("connected: %s", got)
		}
		h.Partition([]string{"0", "1"}, []string{"2"})
		if got := fmt.Sprint(ups()); got != "[1 1 0 1 1]" {
			t.Errorf("partitioned: %s", got)
		}
		h.Heal()
		if got := fmt.Sprint(ups()); got != "[4 4 4 4 4]" {
			t.Errorf("healed: %s", got)
		}
	})
}

func TestWindow(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		_, _, ca, cb := pairUp(t, New(1))
		done := make(chan error)
		go func() { // the second does not fit beside the first
			done <- errors.Join(ca.Send(t.Context(), make([]byte, window)), ca.Send(t.Context(), []byte{1}))
		}()
		bubble.Wait()
		select {
		case err := <-done:
			t.Fatalf("did not block: %v", err)
		default:
		}
		if _, err := cb.Receive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestCrashedTwin: an endpoint that is started again while its former self
// still runs takes over its connections.
func TestCrashedTwin(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		h := New(1)
		a, b, ca, cb := pairUp(t, h)
		again, err := h.Start(Options{Self: "b", Known: a.Addrs()})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		for e := range a.Events() {
			if e.Kind == p2p.Down {
				if e.Reason != p2p.ReasonReplaced {
					t.Errorf("down because of %q", e.Reason)
				}
				break
			}
		}
		b.Close()
		for _, c := range []p2p.Conn{ca, cb} {
			if _, err := c.Receive(context.Background()); !errors.Is(err, p2p.ErrClosed) {
				t.Errorf("error %v", err)
			}
		}
		if c := up(a); c.Send(t.Context(), nil) != nil {
			t.Error("the new one does not work")
		}
	})
}

func TestBadOptions(t *testing.T) {
	h := New(1)
	for _, o := range []Options{{}, {Self: "a/b"}, {Self: "a", Known: []string{"nonsense"}}} {
		if n, err := h.Start(o); err == nil {
			n.Close()
			t.Errorf("%+v: no error", o)
		}
	}
}
