package libp2p

import (
	"context"
	"slices"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/p2p"
)

// TestStaleConnReplaced: a peer that was restarted is connected at once, though
// the connection to its former life looks alive; whoever opens the stream.
func TestStaleConnReplaced(t *testing.T) {
	for _, ids := range [][2]int{{1, 2}, {2, 1}} {
		a := member(t, ids[0], unhurried)
		twin := func() *Network {
			s, err := Options{
				Key: key(ids[1]), Secret: a.Secret, Listen: loopback, NoMDNS: true, Known: a.Addrs(), Proof: unhurried,
				Dial: p2p.Backoff{Min: time.Hour, Max: time.Hour}, // the former life stays away
			}.read()
			if err != nil {
				t.Fatal(err)
			}
			s.parting = 100 * time.Millisecond
			n, err := start(s)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { n.Close() })
			return n
		}
		old := twin()
		stale := await(t, a, p2p.Up, old.Self()).Conn
		again := twin()
		if e := await(t, a, p2p.Down, again.Self()); e.Reason != p2p.ReasonReplaced {
			t.Errorf("down because of %q", e.Reason)
		}
		if err := stale.Send(context.Background(), nil); err == nil {
			t.Error("the stale connection still works")
		}
		ca, cb := await(t, a, p2p.Up, again.Self()).Conn, await(t, again, p2p.Up, a.Self()).Conn
		if err := ca.Send(context.Background(), []byte("new")); err != nil {
			t.Fatal(err)
		}
		if m, err := cb.Receive(context.Background()); err != nil || string(m) != "new" {
			t.Errorf("%q, %v", m, err)
		}
		again.Close()
		old.Close()
		a.Close()
	}
}

// TestOneConnectionLeft: after both have dialled, the connection that carries
// nothing is closed.
func TestOneConnectionLeft(t *testing.T) {
	a, b := member(t, 1, unhurried), member(t, 2, unhurried)
	a.Add(b.Addrs()...)
	b.Add(a.Addrs()...)
	await(t, a, p2p.Up, b.Self())
	conn := await(t, b, p2p.Up, a.Self()).Conn.(*conn)
	for _, l := range b.linksTo(a.self) {
		if l != conn.link {
			<-l.decided
			l.timer.Reset(0) // its time is up
			select {
			case <-l.gone:
			case <-patience.Of(t).Done():
				t.Error("an idle connection stays open")
			}
		}
	}
	if conn.err() != nil {
		t.Error("the Conn was closed with it")
	}
}

// TestAddressesChange: a machine that comes to another network tells the
// members, and they tell others where to find it.
func TestAddressesChange(t *testing.T) {
	a := member(t, 1, unhurried)
	b := member(t, 2, unhurried, a.Addrs()...)
	await(t, b, p2p.Learned, a.Self())
	if err := a.host.Network().Listen(ma.StringCast("/ip4/127.0.0.1/tcp/0")); err != nil {
		t.Fatal(err)
	}
	now := a.Addrs()
	if len(now) != 3 {
		t.Fatalf("lives at %q", now)
	}
	if e := await(t, b, p2p.Learned, a.Self()); !slices.Equal(e.Addrs, now) {
		t.Errorf("learned %q, lives at %q", e.Addrs, now)
	}
	c := member(t, 3, unhurried, b.Addrs()...)
	if e := await(t, c, p2p.Learned, a.Self()); !slices.Equal(e.Addrs, now) {
		t.Errorf("the third learned %q, it lives at %q", e.Addrs, now)
	}
}
