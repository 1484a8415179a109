package node_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestScopePatterns compares what a node takes with what path.Match says of
// names and strings.HasPrefix of keys.
func TestScopePatterns(t *testing.T) {
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			name := rapid.StringMatching(`[ab*?]{1,4}`).Draw(t, "name")
			if prefix := rapid.StringMatching(`(|[xy]{1,2}(/[xy])?)`).Draw(t, "prefix"); prefix != "" {
				return name + "/" + prefix
			}
			return name
		}), 1, 4).Draw(t, "patterns")
		n, err := node.Open(ctx, node.Options{Collections: patterns})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		for range 5 {
			collection := rapid.StringMatching(`[ab]{1,4}`).Draw(t, "collection")
			key := rapid.StringMatching(`[xy]{1,3}(/[xy])?`).Draw(t, "key")
			want := false
			for _, p := range patterns {
				name, prefix, _ := strings.Cut(p, "/")
				matched, err := path.Match(name, collection)
				if err != nil {
					t.Fatal(err)
				}
				want = want || matched && strings.HasPrefix(key, prefix)
			}
			_, err := n.Collection(collection).Put(ctx, key, []byte(`1`), node.PutOptions{})
			if want && err != nil || !want && !errors.Is(err, node.ErrOutOfScope) {
				t.Fatalf("%s/%s in %v: want %v, %v", collection, key, patterns, want, err)
			}
			if _, err := n.Collection(collection).Get(ctx, key); want && err != nil || !want && !errors.Is(err, node.ErrOutOfScope) {
				t.Fatalf("%s/%s in %v: want %v, %v", collection, key, patterns, want, err)
			}
		}
	})
}

func TestBadScopes(t *testing.T) {
	for _, bad := range []string{"", "A", "a/", "a/../b", "a/x,y", "a b", "a//", "[a]", strings.Repeat("a", 65)} {
		if _, err := node.ParseScope([]string{bad}); !errors.Is(err, node.ErrScope) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	var many []string
	for i := range node.MaxScope + 1 {
		many = append(many, fmt.Sprint("c", i))
	}
	if _, err := node.ParseScope(many); !errors.Is(err, node.ErrScope) {
		t.Error(err)
	}
	if got, err := node.ParseScope([]string{"b/x", "a", "b/x"}); err != nil || !slices.Equal(got, []string{"b/x", "a"}) {
		t.Error(got, err)
	}
}

// TestScopeIsExchanged: a node with a scope gets what it wants and no more, and
// both sides say that they are in sync.
func TestScopeIsExchanged(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		all := w.open("all", node.Options{})
		some := w.open("some", node.Options{Collections: []string{"config", "logs/2026-"}})
		defer w.close(all, some)
		for _, address := range []string{"config/a", "logs/2025-12", "logs/2026-01", "logs/2027-01", "people/ann"} {
			put(t, all, address, `{"x":1}`)
		}
		w.join(all, some)
		put(t, some, "logs/2026-02", `{"x":2}`)
		agree(t, all, some)
		if got, want := addresses(t, some), []string{"config/a", "logs/2026-01", "logs/2026-02"}; !slices.Equal(got, want) {
			t.Fatalf("some holds %v, want %v", got, want)
		}
		if got := addresses(t, all); len(got) != 6 {
			t.Fatalf("all holds %v", got)
		}
		put(t, all, "logs/2027-01", `{"x":3}`) // out of scope, between them nothing happens
		put(t, all, "logs/2026-01", `{"x":3}`)
		agree(t, all, some)
		if got := show(t, some, "logs/2026-01"); got != `{"x":3}` {
			t.Fatal(got)
		}
	})
}

// TestLeaveAndReturn: what is left is dropped here alone, and comes back when it
// is wanted again, with what has changed meanwhile; the rest is not sent again.
func TestLeaveAndReturn(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.mesh("a", "b")
		a, b := nodes[0], nodes[1]
		defer w.close(a, b)
		for i := range 300 {
			put(t, b, fmt.Sprintf("logs/%03d", i), `{"from":"b"}`)
			put(t, a, fmt.Sprintf("kept/%03d", i), `{"from":"a"}`)
		}
		w.converge(a, b)
		before := addresses(t, a)
		if err := a.SetScope(t.Context(), []string{"kept"}, node.ScopeOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Collection("logs").Get(t.Context(), "001"); !errors.Is(err, node.ErrOutOfScope) {
			t.Fatal(err)
		}
		put(t, a, "kept/own", `1`)
		put(t, b, "logs/001", `{"changed":true}`)
		w.converge(a, b)
		if got := addresses(t, a); len(got) != 301 {
			t.Fatalf("a holds %d documents", len(got))
		}
		if got := addresses(t, b); len(got) != len(before)+1 {
			t.Fatalf("b holds %d of %d documents", len(got), len(before)+1)
		}
		sent := documentsReceived(t, a)
		if err := a.SetScope(t.Context(), []string{"*"}, node.ScopeOptions{}); err != nil {
			t.Fatal(err)
		}
		w.converge(a, b)
		if got := addresses(t, a); len(got) != len(before)+1 || show(t, a, "logs/001") != `{"changed":true}` {
			t.Fatalf("a holds %d documents", len(got))
		}
		if got := documentsReceived(t, a) - sent; got != 300 {
			t.Fatalf("b has sent %d documents, 300 were left", got)
		}
	})
}

// TestUnsentIsNotDropped: what no peer has, removals too, is not dropped unless
// forced, and all is as it was.
func TestUnsentIsNotDropped(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.mesh("a", "b")
		a, b := nodes[0], nodes[1]
		put(t, a, "logs/1", `1`)
		w.converge(a, b)
		w.close(b)
		put(t, a, "logs/2", `2`)
		del(t, a, "logs/1")
		var unsent *node.UnsentError
		err := a.SetScope(t.Context(), []string{"kept"}, node.ScopeOptions{})
		if !errors.As(err, &unsent) || unsent.Documents.N != 2 || unsent.Key != "1" {
			t.Fatal(err)
		}
		put(t, a, "logs/3", `3`) // all is as it was
		if got := addresses(t, a); !slices.Equal(got, []string{"logs/2", "logs/3"}) {
			t.Fatal(got)
		}
		if err := a.SetScope(t.Context(), []string{"kept"}, node.ScopeOptions{Force: true}); err != nil {
			t.Fatal(err)
		}
		if got := addresses(t, a); len(got) != 0 {
			t.Fatal(got)
		}
		w.close(a)
	})
}

// TestWhoHasLeftHoldsNothing: a peer that had documents, and has left their
// keys since, is not one that they may be left to.
func TestWhoHasLeftHoldsNothing(t *testing.T) {
	for _, narrow := range []string{"kept", "logs/2"} {
		bubble.Test(t, func(t *testing.T) {
			w := newWorld(t)
			nodes := w.mesh("a", "b")
			a, b := nodes[0], nodes[1]
			defer w.close(a, b)
			put(t, a, "logs/1", `1`)
			put(t, a, "logs/2", `2`)
			put(t, a, "kept/1", `1`)
			w.converge(a, b)
			if err := b.SetScope(t.Context(), []string{"kept", narrow}, node.ScopeOptions{}); err != nil {
				t.Fatal(err)
			}
			agree(t, a, b)
			var unsent *node.UnsentError
			if err := a.SetScope(t.Context(), []string{"kept"}, node.ScopeOptions{}); !errors.As(err, &unsent) || unsent.Key != "1" {
				t.Fatalf("%s: %v", narrow, err)
			}
		})
	}
}

// TestForgottenRemovalIsNotLeft: a removal that is forgotten here, and that no
// peer has seen, is not dropped, though no record of it is left.
func TestForgottenRemovalIsNotLeft(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, c := newWorld(t), &calendar{}
		a, b := w.open("a", node.Options{Clock: c.now}), w.open("b", node.Options{Clock: c.now})
		w.join(a, b)
		put(t, a, "logs/1", `1`)
		w.converge(a, b)
		w.close(b)
		del(t, a, "logs/1")
		if _, err := a.Collection("logs").Root(t.Context()); err != nil { // hashed
			t.Fatal(err)
		}
		c.pass(t, 100, a)
		if forgotten(t, a, "logs").Equal(crdt.Knowledge{}) {
			t.Fatal("nothing was forgotten")
		}
		var unsent *node.UnsentError
		err := a.SetScope(t.Context(), []string{"kept"}, node.ScopeOptions{})
		if !errors.As(err, &unsent) || unsent.Collection != "logs" || !unsent.Documents.More {
			t.Fatal(err)
		}
		w.close(a)
	})
}

// TestScopeOfOptions: the one that is kept holds until another is given; one
// that would drop what no peer has waits until one has.
func TestScopeOfOptions(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk := newWorld(t), store.New()
		again := func(collections ...string) *node.Node {
			disk = disk.Kill()
			return w.open("a", node.Options{Store: disk, Device: ed25519.NewKeyFromSeed(make([]byte, 32)), Collections: collections})
		}
		a := again("kept", "logs")
		put(t, a, "logs/1", `1`)
		w.close(a)
		a = again()
		if got := a.Scope(); !slices.Equal(got, []string{"kept", "logs"}) {
			t.Fatal(got)
		}
		w.close(a)
		a = again("kept")
		status, err := a.Status(t.Context())
		if err != nil || status.Pending == nil || status.Pending.Unsent.N != 1 || !slices.Equal(status.Pending.Patterns, []string{"kept"}) {
			t.Fatalf("%+v %v", status.Pending, err)
		}
		if got := show(t, a, "logs/1"); got != `1` {
			t.Fatal(got)
		}
		b := w.open("b", node.Options{})
		w.join(b, a)
		w.converge(a, b)
		time.Sleep(10 * time.Second)
		if got := a.Scope(); !slices.Equal(got, []string{"kept"}) {
			t.Fatal(got)
		}
		if got := addresses(t, a); len(got) != 0 {
			t.Fatal(got)
		}
		if got := show(t, b, "logs/1"); got != `1` {
			t.Fatal(got)
		}
		w.close(a, b)
	})
}

func documentsReceived(t *testing.T, n *node.Node) int {
	t.Helper()
	status, err := n.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(status.Traffic.DocumentsReceived)
}

// agree waits until nodes are in sync in what they have in common, by proof.
func agree(t *testing.T, nodes ...*node.Node) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
	defer cancel()
	for _, n := range nodes {
		if err := n.WaitConverged(ctx, node.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// addresses lists all documents that a node holds.
func addresses(t *testing.T, n *node.Node) (all []string) {
	t.Helper()
	collections, err := n.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collections {
		for d, err := range n.Collection(c.Name).All(t.Context(), node.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c.Name+"/"+d.Key())
		}
	}
	return all
}
