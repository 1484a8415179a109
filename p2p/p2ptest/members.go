package p2ptest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

func wrongSecret(w world) {
	w = w.reads()
	a := w.start(1, ours)
	friend := w.start(3, ours, a.Addrs()...)
	fa, ff := a.up(friend), friend.up(a)
	b := w.start(2, theirs, a.Addrs()...)
	for _, side := range [][2]peer{{a, b}, {b, a}} {
		if e := side[0].event(p2p.Refused, side[1]); e.Reason != p2p.ReasonWrongSecret {
			w.Errorf("%s: refused because of %q", side[0].Self(), e.Reason)
		}
		s := side[0].status(side[1])
		if s.State != p2p.StateRefused || s.Reason != p2p.ReasonWrongSecret || s.Member || s.Failed != 1 {
			w.Errorf("%s: status %+v", side[0].Self(), s)
		}
		if !s.Next.IsZero() && time.Until(s.Next) < 30*time.Minute {
			w.Errorf("%s: tried again at %v", side[0].Self(), s.Next)
		}
	}
	for _, s := range b.Peers() {
		if s.ID != a.Self() {
			w.Errorf("the stranger heard of %+v", s)
		}
	}
	exchange(w, fa, ff, "not affected")
	if s := friend.status(b); s.ID != "" {
		w.Errorf("the stranger was passed on: %+v", s)
	}
}

func unreachable(w world) {
	gone := w.start(2, ours)
	addrs := gone.Addrs()
	gone.Close()
	a := w.start(1, ours, addrs...)
	e := a.event(p2p.Unreachable, gone)
	if e.Reason == "" || len(e.Addrs) == 0 {
		w.Errorf("unreachable without reason or address: %+v", e)
	}
	s := a.status(gone)
	if s.State != p2p.StateDown || s.Reason == "" || s.Next.IsZero() || !sameSet(s.Addrs, addrs) {
		w.Errorf("status %+v", s)
	}
	a.event(p2p.Unreachable, gone) // and again, after a while
}

func bothDial(w world) {
	a, b := w.start(1, ours), w.start(2, ours)
	added := make(chan error, 2)
	go func() { added <- a.Add(b.Addrs()...) }()
	go func() { added <- b.Add(a.Addrs()...) }()
	if err := errors.Join(<-added, <-added); err != nil {
		w.Fatal(err)
	}
	ca, cb := a.up(b), b.up(a)
	for range 50 {
		exchange(w, ca, cb, "one connection")
	}
	for _, p := range []peer{a, b} {
		for quiet := false; !quiet; {
			select {
			case e := <-p.Events():
				if e.Kind != p2p.Learned && e.Kind != p2p.Heard {
					w.Errorf("%s: %v %q after both were up", p.Self(), e.Kind, e.Reason)
				}
			default:
				quiet = true
			}
		}
	}
}

func restart(w world) {
	a, b, ca, _ := w.pair()
	b.Close()
	if _, err := ca.Receive(limited(w)); !errors.Is(err, p2p.ErrClosed) {
		w.Errorf("error %v, want ErrClosed", err)
	}
	a.event(p2p.Down, b)
	again := w.start(2, ours, a.Addrs()...)
	if again.Self() != b.Self() || sameSet(again.Addrs(), b.Addrs()) {
		w.Fatalf("restarted as %s at %q", again.Self(), again.Addrs())
	}
	exchange(w, a.up(again), again.up(a), "hello again")
	a.learns(again)
}

// peersOfPeers: b and c know only a, find each other, and again after c has
// moved to another address.
func peersOfPeers(w world) {
	a := w.start(1, ours)
	b := w.start(2, ours, a.Addrs()...)
	c := w.start(3, ours, a.Addrs()...)
	cc := b.up(c)
	exchange(w, cc, c.up(b), "met through a")
	c.Close()
	cc.Receive(limited(w))
	b.event(p2p.Down, c)
	again := w.start(3, ours, a.Addrs()...)
	exchange(w, b.up(again), again.up(b), "found again")
}

func partition(w world) {
	a, b, ca, cb := w.pair()
	exchange(w, ca, cb, "before")
	heal := w.h.Partition(w, a.Network, b.Network)
	if e := a.event(p2p.Down, b); e.Reason == "" {
		w.Error("down without a reason")
	}
	b.event(p2p.Down, a)
	if err := ca.Send(limited(w), []byte("into the void")); !errors.Is(err, p2p.ErrClosed) {
		w.Errorf("send: %v, want ErrClosed", err)
	}
	b.event(p2p.Unreachable, a)
	heal()
	exchange(w, a.up(b), b.up(a), "after")
}

// brings has one endpoint send something that the other reads. The first connection after a cut may be lost
// as well, where one side heard late of that cut: then out and in become the next ones.
func (w world) brings(from, to peer, out, in *p2p.Conn) {
	w.Helper()
	for limit := limited(w); limit.Err() == nil; {
		if errors.Is((*out).Send(limit, []byte("something")), p2p.ErrClosed) {
			*out = from.up(to)
			continue
		}
		soon, cancel := context.WithTimeout(limit, 10*Dial.Max)
		_, err := (*in).Receive(soon)
		cancel()
		if err == nil {
			return
		}
		if errors.Is(err, p2p.ErrClosed) {
			*in = to.up(from)
		}
	}
	w.Fatal("nothing is brought")
}

// flapping: connections that break again and again, but bring something and live
// longer than one waits after a first failure, are made again soon.
func flapping(w world) {
	a, b, ca, cb := w.pair()
	var waits []time.Duration
	for rounds := 0; rounds < 9 || len(waits) < 6; rounds++ {
		for begin := time.Now(); time.Since(begin) < 2*Dial.Min; {
			w.brings(a, b, &ca, &cb)
			w.brings(b, a, &cb, &ca)
		}
		heal := w.h.Partition(w, a.Network, b.Network)
		for _, side := range [][2]peer{{a, b}, {b, a}} {
			down := side[0].event(p2p.Down, side[1])
			// What has been tried since, and failed, gives another reason.
			if s := side[0].status(side[1]); s.State == p2p.StateDown && !s.Next.IsZero() && s.Reason == down.Reason {
				waits = append(waits, s.Next.Sub(s.Since))
			}
		}
		heal()
		ca, cb = a.up(b), b.up(a)
	}
	if slices.Min(waits[len(waits)-6:]) > Dial.Max/2 {
		w.Errorf("tried again after %v", waits)
	}
}

func cut(w world) {
	w = w.reads()
	a, b, ca, cb := w.pair()
	exchange(w, ca, cb, "before")
	ca.Cut("sent garbage")
	if e := a.event(p2p.Down, b); e.Reason != "sent garbage" {
		w.Errorf("down because of %q", e.Reason)
	}
	if e := a.event(p2p.Refused, b); e.Reason != "sent garbage" {
		w.Errorf("refused because of %q", e.Reason)
	}
	var closed *p2p.CloseError
	if _, err := cb.Receive(limited(w)); !errors.As(err, &closed) || !closed.ByPeer || closed.Reason != "sent garbage" {
		w.Errorf("the peer's error %v", err)
	}
	b.event(p2p.Down, a)
	b.event(p2p.Unreachable, a) // it tries, and is kept out
	if s := a.status(b); s.State != p2p.StateRefused || s.Reason != "sent garbage" || s.Failed != 1 {
		w.Errorf("status %+v", s)
	}
	if err := a.Add(b.Addrs()...); err != nil { // forgiven
		w.Fatal(err)
	}
	exchange(w, a.up(b), b.up(a), "after")
}

func badAddress(w world) {
	a, b := w.start(1, ours), w.start(2, ours)
	for _, bad := range []string{"", "nonsense", "/ip4/127.0.0.1/tcp/1", "/p2p/" + b.Self(), "/memory/1/p2p/", "http://localhost"} {
		if err := a.Add(append(b.Addrs(), bad)...); !errors.Is(err, p2p.ErrAddress) {
			w.Errorf("%q: error %v, want ErrAddress", bad, err)
		}
	}
	if got := a.Peers(); len(got) != 0 {
		w.Errorf("added all the same: %+v", got)
	}
	if err := a.Add(a.Addrs()...); err != nil { // ourselves: of no use, no error
		w.Error(err)
	}
	if got := a.Peers(); len(got) != 0 {
		w.Errorf("knows itself: %+v", got)
	}
}

// slowReader never reads its events; everything works all the same.
func slowReader(w world) {
	slow := w.start(1, ours)
	b := w.start(2, ours, slow.Addrs()...)
	for range 5 {
		c := b.up(slow)
		c.Close("once more")
		b.event(p2p.Down, slow)
	}
	c := b.up(slow)
	const text = "the last one is the one that counts"
	if err := c.Send(limited(w), []byte(text)); err != nil {
		w.Fatalf("send: %v", err)
	}
	// The slow side may not have heard yet that the one before has ended: then
	// reading from that one says so, and the next Up follows.
	s := slow.up(b)
	m, err := s.Receive(limited(w))
	for errors.Is(err, p2p.ErrClosed) {
		s = slow.up(b)
		m, err = s.Receive(limited(w))
	}
	if err != nil || string(m) != text {
		w.Fatalf("received %q, %v; want %q", m, err, text)
	}
	exchange(w, s, c, "and it works both ways")
}

func networkClose(w world) {
	w = w.reads()
	a, b, ca, cb := w.pair()
	farewell := make(chan error, 1)
	go func() {
		_, err := cb.Receive(limited(w))
		farewell <- err
	}()
	if err := a.Close(); err != nil {
		w.Error(err)
	}
	a.Close()
	for range a.Events() { // ends
	}
	if err := ca.Send(limited(w), nil); !errors.Is(err, p2p.ErrClosed) {
		w.Errorf("send: %v, want ErrClosed", err)
	}
	if _, err := ca.Receive(limited(w)); !errors.Is(err, p2p.ErrClosed) {
		w.Errorf("receive: %v, want ErrClosed", err)
	}
	var closed *p2p.CloseError
	if err := <-farewell; !errors.As(err, &closed) || !closed.ByPeer || closed.Reason != p2p.ReasonClosing {
		w.Errorf("the peer's error %v", err)
	}
	if e := b.event(p2p.Down, a); e.Reason != p2p.ReasonClosing {
		w.Errorf("down because of %q", e.Reason)
	}
}
