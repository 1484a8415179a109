package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// keyed starts endpoints whose ids are those of the device keys, as over
// libp2p.
func (w *world) keyed() node.NetworkFactory {
	return func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		key, _, err := crypto.KeyPairFromStdKey(&c.Device)
		if err != nil {
			return nil, err
		}
		id, err := peer.IDFromPrivateKey(key)
		if err != nil {
			return nil, err
		}
		return w.Start(network.Options{Self: id.String(), Secret: c.Secret, Dial: p2p.Backoff{Min: 100 * time.Millisecond, Max: time.Second}})
	}
}

// TestConflictsSayWhoseTheyAre: three nodes write one field while apart, and
// one of them is not known by name to the one that is asked.
func TestConflictsSayWhoseTheyAre(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var n []*node.Node
		for _, name := range []string{"ann", "bob", "cy"} {
			one, err := node.Open(t.Context(), node.Options{Name: name, Network: w.keyed()})
			if err != nil {
				t.Fatal(err)
			}
			n = append(n, one)
		}
		defer w.close(n...)
		ids := []string{n[0].PeerID(), n[1].PeerID(), n[2].PeerID()}
		w.join(n[0], n[1])
		put(t, n[0], "c/k", `{"x":0,"s":"all"}`)
		w.converge(n[0], n[1])
		w.Partition(ids[:1], ids[1:]) // ann never meets cy
		w.join(n[1], n[2])
		meet(t, n[1], n[2])
		w.Partition(ids[:1], ids[1:2], ids[2:])
		for i, n := range n {
			time.Sleep(time.Second)
			patch(t, n, "c/k", fmt.Sprintf(`{"x":%d}`, i+1))
		}
		w.Partition(ids[:1], ids[1:])
		meet(t, n[1], n[2])
		w.Partition(ids[:2], ids[2:])
		meet(t, n[0], n[1])
		shown := describe(t, n[0], "k")
		cy := n[2].Replica().String()
		want := "/x value: 3 of " + cy + " (" + ids[2] + "), 1 of ann (" + ids[0] + "), 2 of bob (" + ids[1] + ")"
		if !sameCandidates(shown, want) {
			t.Errorf("%s, want %s", shown, want)
		}
	})
}

// meet waits until two nodes hold the same, whoever else there is.
func meet(t *testing.T, a, b *node.Node) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
	defer cancel()
	for _, pair := range [][2]*node.Node{{b, a}, {a, b}} {
		if err := pair[0].WaitConverged(ctx, node.WaitOptions{Peers: []string{pair[1].PeerID()}}); err != nil {
			t.Fatalf("%s: %v", pair[0].Name(), err)
		}
	}
}

// describe prints the conflicts of a document.
func describe(t *testing.T, n *node.Node, key string) string {
	t.Helper()
	v, err := n.Collection("c").ConflictsOf(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range v.Conflicts {
		var of []string
		for _, x := range c.Candidates {
			if x.Origin.Replica != x.Dot.Replica || x.Time == 0 {
				t.Errorf("%+v", x)
			}
			of = append(of, fmt.Sprintf("%s of %s (%s)", x.JSON, x.Origin, x.Origin.Peer))
		}
		all = append(all, c.Path+" "+c.Kind+": "+strings.Join(of, ", "))
	}
	return strings.Join(all, "; ")
}

// sameCandidates compares two descriptions of one conflict; the candidates
// after the first are in the order of their dots.
func sameCandidates(a, b string) bool {
	x, y := strings.Split(a, ", "), strings.Split(b, ", ")
	if len(x) != len(y) || x[0] != y[0] {
		return false
	}
	for _, s := range y {
		if !strings.Contains(a, s) {
			return false
		}
	}
	return true
}

// TestConflictsOfACollection: pages of the list, by prefix and key.
func TestConflictsOfACollection(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		defer w.close(n...)
		keys := []string{"a", "a/b", "b", "b/c", "b/c/d", "bc", "c"}
		for i := range 600 {
			keys = append(keys, fmt.Sprintf("many/%03d", i))
		}
		w.Partition([]string{"a"}, []string{"b"})
		for i, n := range n {
			for _, k := range keys {
				put(t, n, "c/"+k, fmt.Sprint(i))
			}
			put(t, n, "c/b/quiet", `1`)
		}
		time.Sleep(time.Minute)
		w.Heal()
		w.converge(n...)
		for _, c := range []struct {
			o    node.ListOptions
			want []string
		}{
			{node.ListOptions{}, keys},
			{node.ListOptions{Limit: 2}, keys[:2]},
			{node.ListOptions{After: "a/b"}, keys[2:]},
			{node.ListOptions{Prefix: "b"}, keys[2:6]},
			{node.ListOptions{Prefix: "b", Limit: 1}, keys[2:3]},
			{node.ListOptions{Prefix: "b/"}, keys[3:5]},
			{node.ListOptions{Prefix: "b", After: "b/c"}, keys[4:6]},
			{node.ListOptions{Prefix: "many", After: "b", Limit: 300}, keys[7:307]},
			{node.ListOptions{Prefix: "b/quiet"}, nil},
			{node.ListOptions{After: "many/599"}, nil},
		} {
			var got []string
			for v, err := range n[0].Collection("c").Conflicts(t.Context(), c.o) {
				if err != nil {
					t.Fatal(err)
				}
				if len(v.Conflicts) != 1 || len(v.Conflicts[0].Candidates) != 2 {
					t.Errorf("%s: %+v", v.Document.Key(), v.Conflicts)
				}
				got = append(got, v.Document.Key())
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("%+v: %v, want %v", c.o, got, c.want)
			}
		}
		put(t, n[0], "c/a", `7`) // ends it
		for v := range n[0].Collection("c").Conflicts(t.Context(), node.ListOptions{Limit: 1}) {
			if v.Document.Key() != "a/b" {
				t.Errorf("%s still has conflicts", v.Document.Key())
			}
		}
		if _, err := n[0].Collection("c").ConflictsOf(t.Context(), "none"); !errors.Is(err, node.ErrNotFound) {
			t.Error(err)
		}
		if v, err := n[0].Collection("c").ConflictsOf(t.Context(), "a"); err != nil || len(v.Conflicts) != 0 || v.Document == nil {
			t.Errorf("%+v, %v", v, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range n[0].Collection("c").Conflicts(ctx, node.ListOptions{}) {
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
}

// TestResolveInsideLists: what was edited while it was removed is a conflict
// at its place in the list; one atomic write takes it back, if all is named.
func TestResolveInsideLists(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		defer w.close(n...)
		put(t, n[0], "c/k", `{"todo":[{"t":"one"},{"t":"two"},{"t":"three"}]}`)
		w.converge(n...)
		w.Partition([]string{"a"}, []string{"b"})
		jsonPatch(t, n[0], "c/k", `[{"op":"remove","path":"/todo/1"},{"op":"replace","path":"/todo/0/t","value":"A"}]`)
		time.Sleep(time.Second)
		jsonPatch(t, n[1], "c/k", `[{"op":"replace","path":"/todo/1/t","value":"TWO"},{"op":"replace","path":"/todo/0/t","value":"B"}]`)
		w.Heal()
		w.converge(n...)
		want(t, n[0], "c/k", `{"todo":[{"t":"B"},{"t":"TWO"},{"t":"three"}]}`)
		v, err := n[0].Collection("c").ConflictsOf(t.Context(), "k")
		if err != nil || len(v.Conflicts) != 2 {
			t.Fatalf("%+v, %v", v, err)
		}
		for i, want := range []string{"/todo/0/t value", "/todo/1 edited-while-removed"} {
			if got := v.Conflicts[i].Path + " " + v.Conflicts[i].Kind; got != want {
				t.Errorf("%s, want %s", got, want)
			}
		}
		patch(t, n[0], "c/k", `{"other":1}`)
		jsonPatch(t, n[1], "c/k", `[{"op":"replace","path":"/todo/0/t","value":"C"}]`)
		w.converge(n...)
		if _, err := n[0].Collection("c").Resolve(t.Context(), "k", resolution(t, v.Conflicts[0], 0)); !errors.Is(err, crdt.ErrNoConflict) {
			t.Errorf("a conflict that is over: %v", err)
		}
		r := resolution(t, v.Conflicts[1], 0)
		r.Seen = nil
		if _, err := n[0].Collection("c").Resolve(t.Context(), "k", r); !errors.Is(err, node.ErrUnseen) {
			t.Errorf("nothing was named: %v", err)
		}
		if _, err := n[0].Collection("c").Resolve(t.Context(), "k", resolution(t, v.Conflicts[1], 0)); err != nil {
			t.Fatal(err)
		}
		w.converge(n...)
		for _, n := range n {
			want(t, n, "c/k", `{"todo":[{"t":"C"},{"t":"TWO"},{"t":"three"}],"other":1}`)
			if s := describe(t, n, "k"); s != "" {
				t.Errorf("%s: %s", n.Name(), s)
			}
		}
	})
}

// resolution takes one candidate of a conflict and names all.
func resolution(t *testing.T, c node.Conflict, take int) crdt.Resolution {
	t.Helper()
	path, err := crdt.ParsePointer(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	r := crdt.Resolution{Path: path, Take: c.Candidates[take].Dot}
	for _, x := range c.Candidates {
		r.Seen = append(r.Seen, x.Dot)
	}
	return r
}

func jsonPatch(t *testing.T, n *node.Node, address, body string) {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	if _, err := n.Collection(c).JSONPatch(t.Context(), k, []byte(body), node.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}
