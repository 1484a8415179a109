package integration

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/libp2p"
	"github.com/crdtstore/crdtstore/p2p/view"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// member connects to a peer as somebody who has the mesh secret, and returns
// the identity and the connection.
func member(t *testing.T, p *peer) (id string, conn p2p.Conn, network p2p.Network) {
	t.Helper()
	invite, err := p2p.ParseInvite(p.invite())
	must(t, err)
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	network, err = libp2p.Start(libp2p.Options{
		Key: key, Secret: invite.Secret, Known: invite.Addrs, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, NoMDNS: true,
	})
	must(t, err)
	t.Cleanup(func() { network.Close() })
	deadline := patience.Of(t).Done()
	for {
		select {
		case e := <-network.Events():
			if e.Kind == p2p.Up && e.Peer == p.id {
				return network.Self(), e.Conn, network
			}
		case <-deadline:
			t.Fatalf("no connection to %s", p.name)
		}
	}
}

// TestMemberThatSendsGarbage: even who has the secret is cut for what is not
// the protocol, with a reason that both sides can read, and nobody else
// notices.
func TestMemberThatSendsGarbage(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("put", "c/before", `{"n":1}`)
	converged(t, "c", a, b)
	all := map[string][]byte{
		"random bytes":     []byte("\xff\x00\x13hello, is this the peer?\x80"),
		"an empty message": {},
		"a huge array":     []byte("\x9b\x7f\xff\xff\xff\xff\xff\xff\xff"),
		"nested for ever":  []byte(strings.Repeat("\x81", 100000)),
		"four megabytes":   make([]byte, 4<<20),
		"no neighbours":    []byte("\x80\xff"),
	}
	for what, garbage := range maps.Clone(all) {
		if len(garbage) > 2 {
			all[what+", in turn"] = append([]byte{garbage[0], 0, 0}, garbage[3:]...)
		}
	}
	for what, garbage := range all {
		id, conn, network := member(t, a)
		ctx := patience.Of(t)
		if err := conn.Send(ctx, garbage); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		reason := closedBecause(ctx, conn)
		if reason == "" {
			t.Errorf("%s: the connection ended without a reason", what)
		}
		network.Close() // or those that may come again are neighbours of a, and there is no room for the next
		state := "refused"
		if strings.HasPrefix(reason, string(antientropy.ReasonGap)) { // which a bad line does too
			state, reason = "offline", ""
		}
		a.says(&peer{name: what, id: id}, state, reason)
		t.Logf("%s: cut: %s", what, reason)
		b.ctl("put", "c/after", fmt.Sprintf(`{"after":%q}`, what))
		a.sees("c/after", fmt.Sprintf(`{"after":%q}`, what))
	}
	a.says(b, "in-sync", "")
}

// TestMemberThatStopsAnswering is kept for a minute, then cut.
func TestMemberThatStopsAnswering(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the minute that a silent peer is given")
	}
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	_, conn, _ := member(t, a)
	if err := conn.Send(t.Context(), append([]byte{128}, view.Request()...)); err != nil { // and then no word
		t.Fatal(err)
	}
	b.ctl("put", "c/meanwhile", `{"n":1}`)
	a.sees("c/meanwhile", `{"n":1}`)
	reason := closedBecause(patience.Of(t), conn)
	if !strings.Contains(reason, "stopped answering") {
		t.Errorf("a silent member was cut because %q", reason)
	}
	b.ctl("put", "c/after", `{"n":2}`)
	a.sees("c/after", `{"n":2}`)
}

// closedBecause reads a connection to its end and returns the other's reason.
func closedBecause(ctx context.Context, conn p2p.Conn) string {
	for {
		_, err := conn.Receive(ctx)
		if err == nil {
			continue
		}
		var closed *p2p.CloseError
		if errors.As(err, &closed) && closed.ByPeer {
			return closed.Reason
		}
		return ""
	}
}
