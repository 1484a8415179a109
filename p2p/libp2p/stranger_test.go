package libp2p

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	golibp2p "github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/p2p"
)

// unhurried is a time limit of a proof that no machine is too slow for.
const unhurried = time.Hour

// member starts an endpoint; proof is its time limit.
func member(t *testing.T, identity int, proof time.Duration, known ...string) *Network {
	t.Helper()
	s, err := Options{
		Key: key(identity), Secret: [p2p.SecretSize]byte{9}, Listen: loopback, NoMDNS: true, Known: known,
		Proof: proof, Dial: p2p.Backoff{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond},
	}.read()
	if err != nil {
		t.Fatal(err)
	}
	s.parting, s.look = 100*time.Millisecond, 20*time.Millisecond
	n, err := start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// stranger is a libp2p host that knows nothing of us.
func stranger(t *testing.T, to *Network) host.Host {
	t.Helper()
	h, err := golibp2p.New(golibp2p.ListenAddrStrings(loopback...), golibp2p.DisableMetrics())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	if to != nil {
		info, err := peer.AddrInfoFromString(to.Addrs()[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Connect(context.Background(), *info); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// await waits for an event of a peer.
func await(t *testing.T, n *Network, kind p2p.Kind, of string) p2p.Event {
	t.Helper()
	limit := patience.Of(t).Done()
	for {
		select {
		case e := <-n.Events():
			if e.Kind == kind && e.Peer == of {
				return e
			}
		case <-limit:
			t.Fatalf("no %v of %s: %+v", kind, of, n.Peers())
		}
	}
}

// hung waits until the stranger has lost all connections.
func hung(t *testing.T, h host.Host, from *Network) {
	t.Helper()
	sub, err := h.EventBus().Subscribe(new(event.EvtPeerConnectednessChanged))
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	limit := patience.Of(t).Done()
	for h.Network().Connectedness(from.self) == network.Connected {
		select {
		case <-sub.Out():
		case <-limit:
			t.Fatal("still connected")
		}
	}
}

func TestStrangers(t *testing.T) {
	const short, long = time.Second, unhurried
	say := func(words ...byte) func(s network.Stream) {
		return func(s network.Stream) { s.Write(words); s.CloseWrite() }
	}
	for _, c := range []struct {
		name  string
		limit time.Duration
		say   func(s network.Stream) // on a proof stream; nil: opens none
		want  string
	}{
		{"silent", short, nil, p2p.ReasonNoProof},
		{"silent on the stream", short, func(s network.Stream) { s.Write([]byte{proofVersion}) }, p2p.ReasonNoProof},
		{"truncated", long, say(1, 2, 3), "broke off the membership proof"},
		{"says nothing", long, say(), "broke off the membership proof"},
		{"garbage", long, say([]byte("GET / HTTP/1.1\r\n\r\n")...), "sent a malformed membership proof"},
		{"endless garbage", long, endless, p2p.ReasonWrongSecret},
		{"resets", long, resets, "broke off the membership proof"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			// A friend that is not done within the short limit, on a busy machine, is taken for a
			// stranger like any other; it is added again then.
			n := member(t, 1, c.limit)
			friend := member(t, 2, long, n.Addrs()...)
			conn := befriend(t, n, friend)
			h := stranger(t, n)
			if c.say != nil {
				s, err := h.NewStream(context.Background(), n.self, proofProtocol)
				if err != nil {
					t.Fatal(err)
				}
				go c.say(s)
			}
			if e := await(t, n, p2p.Refused, h.ID().String()); e.Reason != c.want {
				t.Errorf("refused because of %q, want %q", e.Reason, c.want)
			}
			hung(t, h, n)
			info, _ := peer.AddrInfoFromString(n.Addrs()[0])
			h.Connect(context.Background(), *info) // kept out: cut at once
			hung(t, h, n)
			if err := conn.Send(context.Background(), []byte("others are not affected")); err != nil {
				t.Error(err)
			}
		})
	}
}

// linkTo is the connection to a stranger, which may know of it first.
func linkTo(n *Network, h host.Host) *link {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		if links := n.linksTo(h.ID()); len(links) > 0 {
			return links[0]
		}
		<-look.C
	}
}

// befriend waits until a member has a Conn, and forgives it each time that it was kept out.
func befriend(t *testing.T, n, friend *Network) p2p.Conn {
	t.Helper()
	limit := patience.Of(t).Done()
	for {
		select {
		case e := <-n.Events():
			switch {
			case e.Peer != friend.Self():
			case e.Kind == p2p.Up:
				return e.Conn
			case e.Kind == p2p.Refused || e.Kind == p2p.Unreachable:
				if err := errors.Join(n.Add(friend.Addrs()...), friend.Add(n.Addrs()...)); err != nil {
					t.Fatal(err)
				}
			}
		case <-limit:
			t.Fatalf("no friend: %+v", n.Peers())
		}
	}
}

// TestDeadlineOfAStream: a stranger is refused for its silence, whether the deadline
// of the stream is noticed first or that of the connection.
func TestDeadlineOfAStream(t *testing.T) {
	for _, listen := range loopback {
		s, err := Options{Key: key(1), Secret: [p2p.SecretSize]byte{9}, Listen: []string{listen}, NoMDNS: true, Proof: unhurried}.read()
		if err != nil {
			t.Fatal(err)
		}
		n, err := start(s)
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		h := stranger(t, n)
		l := linkTo(n, h)
		stream, err := l.conn.NewStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.SetReadDeadline(time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		_, err = stream.Read(make([]byte, 1))
		n.fail(l, err)
		if e := await(t, n, p2p.Refused, h.ID().String()); e.Reason != p2p.ReasonNoProof {
			t.Errorf("%s: refused because of %q after %v", listen, e.Reason, err)
		}
	}
}

// resets breaks off in the middle of a proof.
func resets(s network.Stream) {
	s.Write(append([]byte{proofVersion}, make([]byte, nonceSize+bootSize)...))
	s.Read(make([]byte, nonceSize))
	s.Reset()
}

func endless(s network.Stream) {
	b := make([]byte, 1<<10)
	b[0] = proofVersion
	for {
		if _, err := s.Write(b); err != nil {
			return
		}
	}
}

// TestGate: no protocol but the proof's answers a peer that has not proven,
// and identify tells it no address.
func TestGate(t *testing.T) {
	n := member(t, 1, unhurried)
	friend := member(t, 2, unhurried, n.Addrs()...)
	await(t, n, p2p.Learned, friend.Self())
	h := stranger(t, n)
	linkTo(n, h).timer.Reset(time.Second) // only a stranger is in a hurry
	var served []protocol.ID
	for _, id := range []protocol.ID{n.protocol, peersProtocol} {
		s, err := h.NewStream(context.Background(), n.self, id)
		if err != nil {
			continue
		}
		s.Write([]byte{0, 0, 0, 1, 'x'})
		s.SetReadDeadline(patience.End(t))
		if b, err := io.ReadAll(s); len(b) > 0 || err == nil {
			served = append(served, id)
		}
	}
	if len(served) > 0 {
		t.Errorf("a stranger was served %v", served)
	}
	agent, _ := h.Peerstore().Get(n.self, "AgentVersion")
	if agent != "crdtstore" {
		t.Errorf("agent %q", agent)
	}
	for _, a := range h.Peerstore().Addrs(n.self) {
		if !strings.HasPrefix(n.Addrs()[0], a.String()) { // the one it dialled
			t.Errorf("identify told %s", a)
		}
	}
	for _, s := range n.Peers() {
		if s.ID == h.ID().String() && (s.State != p2p.StateRefused || s.Member) {
			t.Errorf("status %+v", s)
		}
	}
}

// TestForeignHost: what answers at an address is libp2p, but not crdtstore.
func TestForeignHost(t *testing.T) {
	h := stranger(t, nil)
	n := member(t, 1, unhurried, fmt.Sprintf("%s/p2p/%s", h.Addrs()[0], h.ID()))
	if e := await(t, n, p2p.Refused, h.ID().String()); e.Reason != "does not speak crdtstore" {
		t.Errorf("refused because of %q", e.Reason)
	}
}

// TestAnotherPeerAnswers: an address that another peer lives at by now.
func TestAnotherPeerAnswers(t *testing.T) {
	other := member(t, 3, unhurried)
	at, _, _ := strings.Cut(other.Addrs()[0], "/p2p/")
	id := stranger(t, nil).ID().String()
	n := member(t, 1, unhurried, at+"/p2p/"+id)
	if e := await(t, n, p2p.Unreachable, id); !strings.Contains(e.Reason, "peer id mismatch") {
		t.Errorf("unreachable because of %q", e.Reason)
	}
}

// TestOversizedFrame: a member that announces too large a message is cut.
func TestOversizedFrame(t *testing.T) {
	a := member(t, 1, unhurried)
	b := member(t, 2, unhurried, a.Addrs()...)
	ca := await(t, a, p2p.Up, b.Self()).Conn
	cb := await(t, b, p2p.Up, a.Self()).Conn.(*conn)
	if _, err := cb.stream.Write(binary.BigEndian.AppendUint32(nil, p2p.MaxMessage+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := ca.Receive(context.Background()); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("error %v", err)
	}
	if e := await(t, a, p2p.Refused, b.Self()); e.Reason != "announced a message above the limit" {
		t.Errorf("refused because of %q", e.Reason)
	}
}

// TestMalformedGossip: so is one that sends no list of peers.
func TestMalformedGossip(t *testing.T) {
	a := member(t, 1, unhurried)
	b := member(t, 2, unhurried, a.Addrs()...)
	await(t, a, p2p.Up, b.Self())
	l := await(t, b, p2p.Up, a.Self()).Conn.(*conn).link
	if err := send(patience.Of(t), l, []byte("\xff\xff")); err != nil {
		t.Fatal(err)
	}
	if e := await(t, a, p2p.Refused, b.Self()); e.Reason != "sent a malformed list of peers" {
		t.Errorf("refused because of %q", e.Reason)
	}
}
