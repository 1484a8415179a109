package p2ptest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/p2p"
)

// Run runs all tests.
func Run(t *testing.T, h Harness) {
	for _, c := range []struct {
		name string
		f    func(world)
	}{
		{"JoinByInvite", joinByInvite},
		{"MessagesInOrder", messagesInOrder},
		{"LargestMessage", largestMessage},
		{"OversizedRefused", oversizedRefused},
		{"ReceiveGoesOn", receiveGoesOn},
		{"SendBlocks", sendBlocks},
		{"CloseTellsWhy", closeTellsWhy},
		{"WrongSecret", wrongSecret},
		{"Unreachable", unreachable},
		{"BothDial", bothDial},
		{"Restart", restart},
		{"PeersOfPeers", peersOfPeers},
		{"Partition", partition},
		{"Flapping", flapping},
		{"Cut", cut},
		{"Want", want},
		{"BadAddress", badAddress},
		{"SlowReader", slowReader},
		{"NetworkClose", networkClose},
	} {
		test(t, h, c.name, c.f)
	}
}

// exchange checks that two Conns belong together, both ways.
func exchange(w world, a, b p2p.Conn, text string) {
	w.Helper()
	for _, side := range [][2]p2p.Conn{{a, b}, {b, a}} {
		if err := side[0].Send(limited(w), []byte(text)); err != nil {
			w.Fatalf("send: %v", err)
		}
		m, err := side[1].Receive(limited(w))
		if err != nil || string(m) != text {
			w.Fatalf("received %q, %v; want %q", m, err, text)
		}
	}
}

func joinByInvite(w world) {
	a := w.start(1, ours)
	if len(a.Addrs()) == 0 {
		w.Fatal("no addresses")
	}
	invite, err := p2p.ParseInvite(p2p.Invite{Secret: ours, Addrs: a.Addrs()}.String())
	if err != nil {
		w.Fatal(err)
	}
	b := w.start(2, invite.Secret, invite.Addrs...)
	ca, cb := a.up(b), b.up(a)
	exchange(w, ca, cb, "welcome")
	for _, s := range []p2p.Peer{a.status(b), b.status(a)} {
		if s.State != p2p.StateUp || !s.Member || s.Reason != "" || s.Since.IsZero() || !s.Next.IsZero() {
			w.Errorf("status %+v of a connected member", s)
		}
	}
	a.learns(b)
	b.learns(a)
}

func sameSet(a, b []string) bool {
	for _, x := range a {
		found := false
		for _, y := range b {
			found = found || x == y
		}
		if !found {
			return false
		}
	}
	return len(a) > 0
}

func messagesInOrder(w world) {
	_, _, ca, cb := w.pair()
	const n = 500
	sizes := func(i int) int { return i * i % 5000 } // some empty
	done := make(chan error, 4)
	for _, c := range []p2p.Conn{ca, cb} {
		go func() {
			for i := range n {
				if err := c.Send(limited(w), bytes.Repeat([]byte{byte(i)}, sizes(i))); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		go func() {
			for i := range n {
				m, err := c.Receive(limited(w))
				if err != nil {
					done <- err
					return
				}
				if m == nil || !bytes.Equal(m, bytes.Repeat([]byte{byte(i)}, sizes(i))) {
					done <- errors.New("another message than was sent")
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			w.Error(err)
		}
	}
}

func largestMessage(w world) {
	_, _, ca, cb := w.pair()
	big := bytes.Repeat([]byte("crdtstore."), p2p.MaxMessage/10+1)[:p2p.MaxMessage]
	for _, side := range [][2]p2p.Conn{{ca, cb}, {cb, ca}} {
		sent := make(chan error, 1)
		go func() { sent <- side[0].Send(limited(w), big) }()
		m, err := side[1].Receive(limited(w))
		if err != nil || !bytes.Equal(m, big) {
			w.Errorf("received %d bytes, %v; sent %d", len(m), err, len(big))
		}
		if err := <-sent; err != nil {
			w.Error(err)
		}
	}
}

func oversizedRefused(w world) {
	_, _, ca, cb := w.pair()
	if err := ca.Send(limited(w), make([]byte, p2p.MaxMessage+1)); !errors.Is(err, p2p.ErrTooLarge) {
		w.Errorf("error %v, want ErrTooLarge", err)
	}
	exchange(w, ca, cb, "still here")
}

func receiveGoesOn(w world) {
	_, _, ca, cb := w.pair()
	for range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		if _, err := cb.Receive(ctx); !errors.Is(err, context.Canceled) {
			w.Fatalf("error %v, want Canceled", err)
		}
	}
	exchange(w, ca, cb, "nothing was lost")
}

// sendBlocks sends to a peer that reads one message and then no more: Send
// neither fails nor buffers without bound, and ctx ends it.
func sendBlocks(w world) {
	_, _, ca, cb := w.pair()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stopped := make(chan error, 1)
	sent := make(chan struct{}, 1<<16)
	go func() {
		message := make([]byte, 64<<10)
		for range cap(sent) { // 4 GiB
			if err := ca.Send(ctx, message); err != nil {
				stopped <- err
				return
			}
			sent <- struct{}{}
		}
		stopped <- errors.New("4 GiB sent to a peer that does not read")
	}()
	<-sent
	if _, err := cb.Receive(limited(w)); err != nil {
		w.Error(err)
	}
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		w.Errorf("error %v, want Canceled", err)
	}
}

func closeTellsWhy(w world) {
	w = w.reads()
	a, b, ca, cb := w.pair()
	if err := ca.Send(limited(w), []byte("last words")); err != nil {
		w.Fatal(err)
	}
	if m, err := cb.Receive(limited(w)); err != nil || string(m) != "last words" {
		w.Fatal(m, err)
	}
	if err := ca.Close("had enough\n"); err != nil {
		w.Error(err)
	}
	ca.Close("again")
	_, err := cb.Receive(limited(w))
	var closed *p2p.CloseError
	if !errors.Is(err, p2p.ErrClosed) || !errors.As(err, &closed) || !closed.ByPeer || closed.Reason != p2p.Clean("had enough\n") {
		w.Errorf("peer's error %v", err)
	}
	if _, err = ca.Receive(limited(w)); !errors.As(err, &closed) || closed.ByPeer {
		w.Errorf("own error %v", err)
	}
	if err := ca.Send(limited(w), nil); !errors.Is(err, p2p.ErrClosed) {
		w.Errorf("send after close: %v", err)
	}
	for _, e := range []p2p.Event{a.event(p2p.Down, b), b.event(p2p.Down, a)} {
		if e.Reason != p2p.Clean("had enough\n") {
			w.Errorf("down because of %q", e.Reason)
		}
	}
	exchange(w, a.up(b), b.up(a), "back again")
}
