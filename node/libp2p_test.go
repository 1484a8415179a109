package node_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
)

// TestOverLibp2p runs the main job once over the real network and disk.
func TestOverLibp2p(t *testing.T) {
	ctx := patience.Of(t)
	listen := []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	a := alone(t, node.Options{Name: "a", Dir: t.TempDir(), Listen: listen, NoMDNS: true})
	put(t, a, "c/k", `{"visits":{"$counter":1}}`)
	invite, err := a.Invite(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	open := func(join ...string) *node.Node {
		b, err := node.Open(ctx, node.Options{Name: "b", Dir: dir, Listen: listen, NoMDNS: true, Join: join})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	converge := func(n *node.Node) {
		t.Helper()
		if err := n.WaitConverged(ctx, node.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	b := open(invite)
	converge(b)
	want(t, b, "c/k", `{"visits":1}`)
	if s := status(t, b, a.PeerID()); s.Name != "a" || s.State != node.InSync {
		t.Errorf("status: %+v", s)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	incr(t, a, "c/k", "/visits", 1)
	b = open() // it remembers its mesh and its peers
	defer b.Close()
	incr(t, b, "c/k", "/visits", 1)
	converge(b)
	converge(a)
	want(t, a, "c/k", `{"visits":3}`)
	want(t, b, "c/k", `{"visits":3}`)
	roots(t, a, b)
}
