package node_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

const day = 24 * time.Hour

// calendar is a wall clock that can be put forward.
type calendar struct{ ahead atomic.Int64 } // nanoseconds

func (c *calendar) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// pass lets days go by, in each of which nodes look for what to forget.
func (c *calendar) pass(t *testing.T, days int, nodes ...*node.Node) {
	t.Helper()
	for range days {
		c.ahead.Add(int64(day))
		for _, n := range nodes {
			if err := node.ForgetNow(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func forgotten(t *testing.T, n *node.Node, collection string) crdt.Knowledge {
	t.Helper()
	f, err := node.Forgotten(n, collection)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBackAfter400Days: a peer that was away while documents were removed, and
// their removals forgotten, comes back with edits. Nothing is resurrected, and
// none of its edits is lost.
func TestBackAfter400Days(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, alone := newWorld(t), newWorld(t)
		c := &calendar{}
		sa, sb, sc, sd := store.New(), store.New(), store.New(), store.New()
		dirs := [4]string{t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()}
		a := w.open("a", node.Options{Store: sa, Dir: dirs[0], Clock: c.now})
		b := w.open("b", node.Options{Store: sb, Dir: dirs[1], Clock: c.now})
		away := w.open("c", node.Options{Store: sc, Dir: dirs[2], Clock: c.now})
		for i := range 60 {
			put(t, a, fmt.Sprintf("docs/%02d", i), fmt.Sprintf(`{"n":%d,"text":{"$text":"page %d"}}`, i, i))
		}
		w.join(a, b, away)
		w.converge(a, b, away)
		w.close(away)

		for i := range 30 {
			del(t, a, fmt.Sprintf("docs/%02d", i))
		}
		patch(t, b, "docs/59", `{"n":"changed"}`)
		for i, n := range []*node.Node{a, b} {
			other := []string{b.Name(), a.Name()}[i]
			if err := n.WaitConverged(t.Context(), node.WaitOptions{Peers: []string{other}}); err != nil {
				t.Fatal(err)
			}
		}
		sc = sc.Kill()
		away = alone.open("c", node.Options{Store: sc, Dir: dirs[2], Clock: c.now})
		patch(t, away, "docs/07", `{"mine":"edited while it was removed"}`)
		patch(t, away, "docs/40", `{"mine":1}`)
		del(t, away, "docs/41")
		put(t, away, "docs/new", `{"mine":2}`)
		alone.close(away)
		c.pass(t, 400, a, b)
		if forgotten(t, a, "docs").Equal(crdt.Knowledge{}) || forgotten(t, b, "docs").Equal(crdt.Knowledge{}) {
			t.Fatal("nothing was forgotten")
		}

		away = w.open("c", node.Options{Store: reopen(sc), Dir: dirs[2], Clock: c.now})
		fresh := w.open("d", node.Options{Store: sd, Dir: dirs[3], Clock: c.now})
		defer w.close(a, b, away, fresh)
		w.join(a, away, fresh)
		w.converge(a, b, away, fresh)
		for _, n := range []*node.Node{a, b, away, fresh} {
			for i := range 30 {
				if i != 7 {
					want(t, n, fmt.Sprintf("docs/%02d", i), "not found")
				}
			}
			want(t, n, "docs/07", `{"mine":"edited while it was removed"}`)
			want(t, n, "docs/40", `{"n":40,"mine":1,"text":"page 40"}`)
			want(t, n, "docs/41", "not found")
			want(t, n, "docs/42", `{"n":42,"text":"page 42"}`)
			want(t, n, "docs/59", `{"n":"changed","text":"page 59"}`)
			want(t, n, "docs/new", `{"mine":2}`)
		}
	})
}

// TestForgetAfter: a removal is forgotten when it is between once and twice as
// old as asked for, or never.
func TestForgetAfter(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		c := &calendar{}
		for _, x := range []struct {
			after       time.Duration
			kept, gone  int // days
			neverAtAll  bool
			description string
		}{
			{0, 30, 61, false, "by default"},
			{2 * day, 2, 5, false, "after two days"},
			{-1, 200, 0, true, "never"},
		} {
			n, err := node.Open(t.Context(), node.Options{Clock: c.now, ForgetAfter: x.after})
			if err != nil {
				t.Fatal(err)
			}
			put(t, n, "docs/k", `1`)
			c.pass(t, 1, n)
			del(t, n, "docs/k")
			if _, err := n.Root(t.Context(), "docs"); err != nil { // the tree shows that it is gone
				t.Fatal(err)
			}
			c.pass(t, x.kept-1, n)
			if f := forgotten(t, n, "docs"); !f.Equal(crdt.Knowledge{}) {
				t.Errorf("%s: after %d days %s is forgotten", x.description, x.kept, f)
			}
			c.pass(t, x.gone, n)
			if f := forgotten(t, n, "docs"); f.Equal(crdt.Knowledge{}) != x.neverAtAll {
				t.Errorf("%s: after %d days %s is forgotten", x.description, x.kept+x.gone, f)
			}
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
