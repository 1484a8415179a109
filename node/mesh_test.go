package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// world is an air in which nodes of one test meet.
type world struct {
	*network.Hub
	t *testing.T
}

func newWorld(t *testing.T) *world { return &world{network.New(1), t} }

// factory starts endpoints called name.
func (w *world) factory(name string) node.NetworkFactory {
	return func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		return w.Start(network.Options{
			Self: name, Secret: c.Secret,
			Dial: p2p.Backoff{Min: 100 * time.Millisecond, Max: time.Second}, Refusal: p2p.Backoff{Min: time.Second, Max: time.Second},
		})
	}
}

// open opens a node called name on the air; it is closed with close.
func (w *world) open(name string, o node.Options) *node.Node {
	w.t.Helper()
	o.Name, o.Network = name, w.factory(name)
	n, err := node.Open(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// join makes nodes members of the mesh of the first.
func (w *world) join(first *node.Node, others ...*node.Node) {
	w.t.Helper()
	invite, err := first.Invite(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range others {
		if err := n.Join(w.t.Context(), invite); err != nil {
			w.t.Fatal(err)
		}
	}
}

// mesh opens nodes that are members of one mesh.
func (w *world) mesh(names ...string) []*node.Node {
	w.t.Helper()
	var all []*node.Node
	for _, name := range names {
		all = append(all, w.open(name, node.Options{}))
	}
	w.join(all[0], all[1:]...)
	return all
}

func (w *world) close(nodes ...*node.Node) {
	w.t.Helper()
	for _, n := range nodes {
		if err := n.Close(); err != nil {
			w.t.Errorf("close %s: %v", n.Name(), err)
		}
	}
}

// converge waits until all hold the same, and proves it.
func (w *world) converge(nodes ...*node.Node) {
	w.t.Helper()
	ctx, cancel := context.WithDeadline(w.t.Context(), patience.End(w.t))
	defer cancel()
	for range nodes { // what comes through one may have to go on to the next
		for _, n := range nodes {
			if err := n.WaitConverged(ctx, node.WaitOptions{}); err != nil {
				w.t.Fatalf("%s: %v", n.Name(), err)
			}
		}
	}
	roots(w.t, nodes...)
}

// roots compares the roots of all collections.
func roots(t *testing.T, nodes ...*node.Node) {
	t.Helper()
	for _, c := range collections(t, nodes[0]) {
		want, err := nodes[0].Root(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range nodes[1:] {
			if got, err := n.Root(t.Context(), c); err != nil || got != want {
				t.Errorf("root of %s at %s: %v, %v; at %s %v", c, n.Name(), got, err, nodes[0].Name(), want)
			}
		}
	}
}

func collections(t *testing.T, n *node.Node) (names []string) {
	t.Helper()
	all, err := n.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names
}

// status is what n says of the only, or the named, peer.
func status(t *testing.T, n *node.Node, peer string) node.PeerStatus {
	t.Helper()
	for p, err := range n.Peers(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Peer == peer {
			return p
		}
	}
	t.Fatalf("%s does not know %s", n.Name(), peer)
	return node.PeerStatus{}
}

func TestTwoNodesConverge(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, a, "people/ann", `{"name":"Ann","visits":{"$counter":0}}`)
		put(t, b, "people/bob", `{"name":"Bob"}`)
		w.join(a, b)
		w.converge(a, b)
		want(t, b, "people/ann", `{"name":"Ann","visits":0}`)
		want(t, a, "people/bob", `{"name":"Bob"}`)
		for _, n := range []*node.Node{a, b} { // concurrent increments add up
			incr(t, n, "people/ann", "/visits", 2)
		}
		w.converge(a, b)
		want(t, a, "people/ann", `{"name":"Ann","visits":4}`)
		want(t, b, "people/ann", `{"name":"Ann","visits":4}`)
		put(t, b, "other/x", `1`) // a collection that is new after the start
		w.converge(a, b)
		want(t, a, "other/x", `1`)
	})
}

func incr(t *testing.T, n *node.Node, address, path string, by int) {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	ops, err := crdt.ParseOps(fmt.Appendf(nil, `[{"op":"incr","path":%q,"by":%d}]`, path, by))
	if err == nil {
		_, err = n.Collection(c).Apply(t.Context(), k, ops, node.PutOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestOfflineEditsOnBothSides(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b", "c")
		defer w.close(n...)
		put(t, n[0], "c/k", `{"x":0,"y":0,"same":0}`)
		put(t, n[0], "c/gone", `{"x":1}`)
		put(t, n[0], "c/edited", `{"x":1,"y":1}`)
		w.converge(n...)
		w.Partition([]string{"a"}, []string{"b"}, []string{"c"})
		patch(t, n[0], "c/k", `{"x":1,"same":"a"}`)
		patch(t, n[1], "c/k", `{"y":2,"same":"b"}`)
		del(t, n[0], "c/gone")
		del(t, n[0], "c/edited")
		patch(t, n[2], "c/edited", `{"x":7}`)
		time.Sleep(time.Minute)
		w.Heal()
		w.converge(n...)
		for _, n := range n {
			want(t, n, "c/gone", "not found")
			want(t, n, "c/edited", `{"x":7}`)
		}
		d0, _ := n[0].Collection("c").Get(t.Context(), "k")
		for _, n := range n {
			d, err := n.Collection("c").Get(t.Context(), "k")
			if err != nil || string(d.JSON()) != string(d0.JSON()) || d.Version() != d0.Version() {
				t.Errorf("%s holds %s, %v", n.Name(), d.JSON(), err)
			}
			if !d.HasConflicts() || len(d.Conflicts()) != 1 || d.Conflicts()[0].Path != "/same" {
				t.Errorf("%s: conflicts %v", n.Name(), d.Conflicts())
			}
		}
		resolveAll(t, n[2], "c/k")
		w.converge(n...)
		for _, n := range n {
			for d, err := range n.Collection("c").Conflicts(t.Context(), node.ListOptions{}) {
				if d.Document.Key() != "edited" { // edited while it was removed
					t.Errorf("%s: %s still has conflicts, %v", n.Name(), d.Document.Key(), err)
				}
			}
		}
	})
}

func patch(t *testing.T, n *node.Node, address, body string) {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	if _, err := n.Collection(c).MergePatch(t.Context(), k, []byte(body), node.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func del(t *testing.T, n *node.Node, address string) {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	if _, err := n.Collection(c).Delete(t.Context(), k, node.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

// resolveAll takes the last candidate of every conflict; naming fewer fails.
func resolveAll(t *testing.T, n *node.Node, address string) {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	d, err := n.Collection(c).Get(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	for _, conflict := range d.Conflicts() {
		path, err := crdt.ParsePointer(conflict.Path)
		if err != nil {
			t.Fatal(err)
		}
		r := crdt.Resolution{Path: path}
		for _, candidate := range conflict.Candidates {
			r.Seen, r.Take = append(r.Seen, candidate.Dot), candidate.Dot
		}
		unseen := r
		unseen.Seen = r.Seen[1:]
		if _, err := n.Collection(c).Resolve(t.Context(), k, unseen); !errors.Is(err, node.ErrUnseen) {
			t.Errorf("resolve without naming all: %v", err)
		}
		if _, err := n.Collection(c).Resolve(t.Context(), k, r); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRelayThroughAThird(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b", "c")
		defer w.close(n...)
		put(t, n[1], "other/x", `1`)
		w.converge(n...)
		// b is always in reach of one of the others only.
		w.Partition([]string{"a", "b"}, []string{"c"})
		for i := range 500 {
			put(t, n[0], fmt.Sprintf("c/%d", i), `{"from":"a"}`)
		}
		sync1, err := n[0].Sync(t.Context(), "b")
		if err != nil || len(sync1.Peers) != 1 || !sync1.Peers[0].Converged {
			t.Fatalf("sync: %+v, %v", sync1, err)
		}
		w.Heal()
		w.Partition([]string{"a"}, []string{"b", "c"})
		report, err := n[2].Sync(t.Context(), "b")
		if err != nil || !report.Peers[0].Converged || report.Peers[0].Received != 500 {
			t.Fatalf("sync: %+v, %v", report, err)
		}
		roots(t, n...)
	})
}

func TestDeletedStaysDeletedAfterRestarts(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		sa, sb := store.New(), store.New()
		da, db := t.TempDir(), t.TempDir()
		a, b := w.open("a", node.Options{Store: sa, Dir: da}), w.open("b", node.Options{Store: sb, Dir: db})
		put(t, a, "c/k", `{"x":1}`)
		put(t, a, "c/l", `{"x":1}`)
		w.join(a, b)
		w.converge(a, b)
		w.close(b)
		del(t, a, "c/k")
		w.close(a)
		a, b = w.open("a", node.Options{Store: reopen(sa), Dir: da}), w.open("b", node.Options{Store: reopen(sb), Dir: db})
		defer w.close(a, b)
		w.join(a, b) // both have new addresses
		put(t, b, "c/new", `1`)
		w.converge(a, b)
		for _, n := range []*node.Node{a, b} {
			want(t, n, "c/k", "not found")
			want(t, n, "c/l", `{"x":1}`)
			want(t, n, "c/new", `1`)
		}
	})
}

func TestRestartFindsKnownPeers(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk, dir := store.New(), t.TempDir()
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{Store: disk, Dir: dir})
		defer w.close(a)
		put(t, a, "c/k", `1`)
		w.join(a, b)
		w.converge(a, b)
		replica := b.Replica()
		w.close(b)
		put(t, a, "c/k", `2`)
		b = w.open("b", node.Options{Store: reopen(disk), Dir: dir})
		defer w.close(b)
		if b.Replica() != replica {
			t.Error("a clean restart took a new incarnation")
		}
		for p, err := range b.Peers(t.Context()) {
			if err != nil || p.Peer != "a" || p.Name != "a" {
				t.Errorf("remembered: %+v, %v", p, err)
			}
		}
		w.converge(b, a)
		want(t, b, "c/k", `2`)
	})
}

// reopen is the store as a new process finds it.
func reopen(s *store.Store) storage.Store { return s.Kill() }
