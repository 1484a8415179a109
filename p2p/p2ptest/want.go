package p2ptest

import (
	"slices"

	"github.com/crdtstore/crdtstore/p2p"
)

// want: owners that choose. Who is not wanted is heard of and not tried, may
// come, and is not tried again when it has gone.
func want(w world) {
	a := w.start(1, ours)
	a.Want("", false)
	b := w.start(2, ours)
	b.Want("", false)
	if err := b.Add(a.Addrs()...); err != nil {
		w.Fatal(err)
	}
	c := w.start(3, ours)
	c.Want(b.Self(), false)
	if err := c.Add(a.Addrs()...); err != nil { // whom it wants, as nothing was said
		w.Fatal(err)
	}
	ca := c.up(a)
	ac := a.up(c)
	exchange(w, ac, ca, "came by itself")
	idle(w, b, a)

	b.Want(a.Self(), true)
	cb := b.up(a)
	ab := a.up(b)
	exchange(w, cb, ab, "wanted by one side")
	third := func(e p2p.Event) bool { return e.Kind == p2p.Heard && e.Peer == c.Self() }
	if !slices.ContainsFunc(*b.passed, third) { // nothing says that the Up comes first
		b.next("heard of a third member", third)
	}

	b.Want(a.Self(), false)
	if s := b.status(a); s.State != p2p.StateUp {
		w.Errorf("not wanted any more: %+v", s)
	}
	cb.Close("for now")
	ab.Receive(limited(w))
	a.event(p2p.Down, b)
	b.event(p2p.Down, a)
	ca.Close("once more")
	ac.Receive(limited(w))
	c.event(p2p.Down, a)
	a.event(p2p.Down, c)
	c.up(a) // while nobody goes to anybody else
	a.up(c)
	idle(w, b, a)
	idle(w, a, b)
	idle(w, b, c)

	b.Want(c.Self(), true, append(c.Addrs(), "nonsense")...)
	exchange(w, b.up(c), c.up(b), "at the address that was told")
}

// idle checks that p does not try another, of whom it knows.
func idle(w world, p, of peer) {
	w.Helper()
	if s := p.status(of); s.ID == "" || s.State == p2p.StateUp || !s.Next.IsZero() {
		w.Errorf("%s is to leave %s alone: %+v", p.Self(), of.Self(), s)
	}
}
