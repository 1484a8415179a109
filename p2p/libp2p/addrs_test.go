package libp2p

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ma "github.com/multiformats/go-multiaddr"
	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/p2p"
)

func id(t testing.TB, identity int) string {
	s, err := Options{Key: key(identity), Secret: [32]byte{1}}.read()
	if err != nil {
		t.Fatal(err)
	}
	return s.self.String()
}

func TestBelievable(t *testing.T) {
	me, other := id(t, 1), id(t, 2)
	said := []string{
		"/ip4/192.0.2.1/tcp/1/p2p/" + me,
		"/ip4/127.0.0.1/tcp/1/p2p/" + me,           // only among local processes
		"/ip4/192.0.2.1/tcp/1/p2p/" + other,        // not its own
		"/ip4/0.0.0.0/tcp/1/p2p/" + me,             // no address
		"/ip4/224.0.0.251/udp/1/quic-v1/p2p/" + me, // multicast
		"/ip6/fe80::1/tcp/1/p2p/" + me,             // means nothing without a zone
		"/ip4/192.0.2.1/udp/1/p2p/" + me,           // no transport of ours
		"/unix/tmp/x/p2p/" + me,                    //
		"nonsense",                                 //
		"/ip4/192.0.2.1/tcp/1",                     // whose?
		"/dns4/" + strings.Repeat("a", 300) + "/tcp/1/p2p/" + me,
		"/ip6/2001:db8::1/udp/2/quic-v1/p2p/" + me,
	}
	want := []string{said[0], said[11]}
	if d := cmp.Diff(want, believable(me, said, false)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{said[0], said[1], said[11]}, believable(me, said, true)); d != "" {
		t.Error(d)
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("/ip4/192.0.2.%d/tcp/1/p2p/%s", i, me))
	}
	if got := believable(me, many, false); len(got) != maxAddrs {
		t.Errorf("%d addresses", len(got))
	}
}

func TestFullOrder(t *testing.T) {
	var addrs []ma.Multiaddr
	for _, text := range []string{
		"/ip4/127.0.0.1/tcp/1", "/ip4/192.0.2.1/udp/1/quic-v1", "/ip6/fe80::1/tcp/1",
		"/ip4/127.0.0.1/udp/1/quic-v1", "/ip4/192.0.2.1/tcp/1", "/ip4/192.0.2.1/tcp/1",
	} {
		addrs = append(addrs, ma.StringCast(text))
	}
	s, err := Options{Key: key(1), Secret: [32]byte{1}}.read()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/ip4/192.0.2.1/tcp/1", "/ip4/192.0.2.1/udp/1/quic-v1", "/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/udp/1/quic-v1"}
	for i := range want {
		want[i] += "/p2p/" + s.self.String()
	}
	if d := cmp.Diff(want, full(s.self, addrs)); d != "" {
		t.Error(d)
	}
}

func TestOptionsReportsAll(t *testing.T) {
	_, err := Start(Options{Key: []byte{1}, Listen: []string{"x"}, Relays: []string{"y"}, Known: []string{"z"}})
	for _, want := range []string{"Key: 1 bytes", "Secret: all zero", "Listen x", "Relays y", "Known"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}

func TestServiceName(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := [p2p.SecretSize]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "a"))
		b := a
		b[rapid.IntRange(0, 31).Draw(t, "at")] ^= 1
		name, _, _ := strings.Cut(serviceName(a), ".")
		if len(name) != 1+15 || serviceName(a) == serviceName(b) || serviceName(a) != serviceName(a) {
			t.Fatalf("%s", name)
		}
	})
}
