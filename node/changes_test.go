package node_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// drain collects what has changed since a token, and the token after it.
func drain(t testing.TB, n *node.Node, since node.Token, o node.WatchOptions) (changes []string, after node.Token) {
	t.Helper()
	o.Once, after = true, since
	for c, err := range n.Changes(context.Background(), since, o) {
		if err != nil {
			t.Fatal(err)
		}
		what := c.Collection + "/" + c.Key
		if c.Deleted {
			what += " deleted"
		} else if d, err := n.Collection(c.Collection).Get(context.Background(), c.Key); err != nil || d.Version() != c.Version {
			t.Errorf("%v, but get gives %v, %v", c, d, err)
		}
		changes, after = append(changes, what), c.Token
	}
	return changes, after
}

func TestChangesSinceAToken(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "a/1", `1`)
	put(t, n, "b/x/1", `1`)
	put(t, n, "b/y/1", `1`)
	got, token := drain(t, n, node.Token{}, node.WatchOptions{})
	if fmt.Sprint(got) != "[a/1 b/x/1 b/y/1]" {
		t.Errorf("from the beginning: %v", got)
	}
	now, err := n.Now(t.Context())
	if err != nil || now.String() == "" {
		t.Fatal(now, err)
	}
	if got, _ := drain(t, n, now, node.WatchOptions{}); len(got) != 0 {
		t.Errorf("since now: %v", got)
	}
	put(t, n, "b/x/1", `2`)
	put(t, n, "b/x/1", `3`)
	del(t, n, "b/y/1")
	put(t, n, "a/0", `1`)
	parsed, err := node.ParseToken(token.String())
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := drain(t, n, parsed, node.WatchOptions{}); fmt.Sprint(got) != "[a/0 b/x/1 b/y/1 deleted]" {
		t.Errorf("since the token: %v", got)
	}
	if got, after := drain(t, n, parsed, node.WatchOptions{Collection: "b", Prefix: "x/"}); fmt.Sprint(got) != "[b/x/1]" {
		t.Errorf("of a prefix: %v", got)
	} else if got, _ := drain(t, n, after, node.WatchOptions{}); fmt.Sprint(got) != "[a/0 b/y/1 deleted]" {
		t.Errorf("a token of a prefix knows of its prefix only: %v", got)
	}
	for _, err := range n.Changes(t.Context(), node.Token{}, node.WatchOptions{Prefix: "x"}) {
		if err == nil {
			t.Error("a prefix without a collection is accepted")
		}
	}
}

func TestTokenText(t *testing.T) {
	for _, bad := range []string{"x", "????", "AQ==", "Ag", "AQVwZW9wbGU", "AQFBAA", "AQFiAAFhAA", "AQ", "\n", "AQVwZW9wbGUA\n", "AYUAcGVvcGxlAA"} {
		if _, err := node.ParseToken(bad); !errors.Is(err, node.ErrToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if zero, err := node.ParseToken(""); err != nil || zero.String() != "" {
		t.Errorf("zero: %q, %v", zero, err)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("AQVwZW9wbGUA")
	f.Add("\x01\x05people\x00")
	barrage.Fuzz(f, func(t *testing.T, s string) {
		for _, s := range []string{s, base64.RawURLEncoding.EncodeToString([]byte(s))} {
			alloc.Bounded(t, len(s), func() { _, _ = node.ParseToken(s) })
			if token, err := node.ParseToken(s); err == nil && token.String() != s {
				t.Errorf("%q prints as %q", s, token)
			}
		}
	})
}

// TestChangesProperty stops a reader after every few changes, lets writers go
// on, and resumes from the token: what the reader knows in the end must be
// what is there, and nothing that did not change is told twice in a row.
func TestChangesProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n, err := node.Open(t.Context(), node.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer n.Close()
		mirror, token := map[string]string{}, node.Token{}
		read := func(limit int) {
			for c, err := range n.Changes(t.Context(), token, node.WatchOptions{Once: true}) {
				if err != nil {
					rt.Fatal(err)
				}
				at := c.Collection + "/" + c.Key
				if mirror[at] == c.Version.String() {
					rt.Fatalf("%v was known", c)
				}
				mirror[at] = c.Version.String()
				if c.Deleted {
					delete(mirror, at)
				}
				if token, err = node.ParseToken(c.Token.String()); err != nil {
					rt.Fatal(err)
				}
				if limit--; limit == 0 {
					return
				}
			}
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			c := n.Collection(rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "collection"))
			key := rapid.SampledFrom([]string{"k", "k/l", "m", "z"}).Draw(rt, "key")
			switch rapid.IntRange(0, 3).Draw(rt, "action") {
			case 0:
				read(rapid.IntRange(1, 4).Draw(rt, "limit"))
			case 1:
				c.Delete(t.Context(), key, node.PutOptions{})
			default:
				body := fmt.Append(nil, rapid.IntRange(0, 3).Draw(rt, "value"))
				if _, err := c.Put(t.Context(), key, body, node.PutOptions{}); err != nil {
					rt.Fatal(err)
				}
			}
		}
		read(0)
		there := map[string]string{}
		for _, name := range []string{"a", "b"} {
			for d, err := range n.Collection(name).All(t.Context(), node.ListOptions{}) {
				if err != nil {
					rt.Fatal(err)
				}
				there[name+"/"+d.Key()] = d.Version().String()
			}
		}
		if fmt.Sprint(there) != fmt.Sprint(mirror) {
			rt.Fatalf("the reader knows %v, there is %v", mirror, there)
		}
	})
}

func TestWatchGoesOnAtAnotherPeer(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		put(t, a, "c/1", `1`)
		put(t, b, "c/2", `1`)
		w.converge(a, b)
		got, token := drain(t, a, node.Token{}, node.WatchOptions{Collection: "c"})
		if fmt.Sprint(got) != "[c/1 c/2]" {
			t.Errorf("at a: %v", got)
		}
		w.Partition([]string{"a"}, []string{"b"})
		put(t, a, "c/a", `1`)
		put(t, b, "c/b", `1`)
		if got, token = drain(t, b, token, node.WatchOptions{Collection: "c"}); fmt.Sprint(got) != "[c/b]" {
			t.Errorf("then at b: %v", got)
		}
		if got, token = drain(t, a, token, node.WatchOptions{Collection: "c"}); fmt.Sprint(got) != "[c/a]" {
			t.Errorf("then at a again: %v", got)
		}
		w.Heal()
		w.converge(a, b)
		for _, n := range n {
			if got, _ := drain(t, n, token, node.WatchOptions{Collection: "c"}); len(got) != 0 {
				t.Errorf("in the end at %s: %v", n.Name(), got)
			}
		}
	})
}

func TestWatchFollows(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		put(t, a, "c/0", `0`)
		w.converge(a, b)
		ctx, cancel := context.WithCancel(t.Context())
		now, _ := b.Now(ctx)
		var seen []string
		done := make(chan error, 1)
		go func() {
			for c, err := range b.Collection("c").Watch(ctx, now, node.WatchOptions{}) {
				if err != nil {
					done <- err
					return
				}
				seen = append(seen, c.Key)
			}
		}()
		time.Sleep(time.Second) // a quiet moment
		begin := time.Now()
		put(t, a, "c/1", `1`)
		bubble.Wait()
		if !slices.Equal(seen, []string{"1"}) || time.Since(begin) > 2*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(begin), seen)
		}
		put(t, a, "other/2", `1`)
		del(t, a, "c/0")
		time.Sleep(time.Second)
		bubble.Wait()
		if !slices.Equal(seen, []string{"1", "0"}) {
			t.Errorf("in the end: %v", seen)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestSlowWatcherGetsAGap(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		n := alone(t, node.Options{})
		for i := range 5 {
			put(t, n, fmt.Sprintf("c/%d", i), `1`)
		}
		var seen []string
		var gap *node.GapError
		for c, err := range n.Changes(t.Context(), node.Token{}, node.WatchOptions{MaxLag: time.Second}) {
			if err != nil {
				if !errors.As(err, &gap) || !errors.Is(err, node.ErrGap) {
					t.Fatal(err)
				}
				break
			}
			seen = append(seen, c.Key)
			if c.Key == "2" {
				time.Sleep(2 * time.Second)
				put(t, n, "c/0", `2`) // nobody waits for the watcher
			}
		}
		if !slices.Equal(seen, []string{"0", "1", "2"}) || gap == nil {
			t.Fatalf("seen %v, gap %v", seen, gap)
		}
		if got, _ := drain(t, n, gap.Token, node.WatchOptions{}); fmt.Sprint(got) != "[c/0 c/3 c/4]" {
			t.Errorf("resumed: %v", got)
		}
	})
}

func TestWatcherThatBreaksOff(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "c/1", `1`)
	put(t, n, "c/2", `1`)
	for range n.Changes(t.Context(), node.Token{}, node.WatchOptions{}) {
		break
	}
	for range n.Collection("c").All(t.Context(), node.ListOptions{}) {
		break
	}
}
