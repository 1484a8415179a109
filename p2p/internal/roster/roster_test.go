package roster

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/p2p"
)

// fake is a Conn of which only the identity matters.
type fake struct {
	p2p.Conn
	n int
}

func steady() Options { return Options{Jitter: func() float64 { return 0.5 }} }

// drain returns what waits in the stream as "kind peer reason".
func drain(r *Roster) []string {
	var out []string
	for {
		bubble.Wait()
		select {
		case e := <-r.Events():
			out = append(out, fmt.Sprintf("%v %s %s", e.Kind, e.Peer, e.Reason))
		default:
			return out
		}
	}
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// attempts runs Dial for a while and notes when each attempt was made.
func attempts(r *Roster, d time.Duration, try func(Target)) (at []time.Duration) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	r.Dial(ctx, func(_ context.Context, t Target) {
		at = append(at, time.Since(begin).Round(time.Second))
		try(t)
	})
	return at
}

func TestTriedWithBackoffForEver(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Add("p", []string{"a"})
		at := attempts(r, 24*time.Hour, func(d Target) { r.Unreachable(d.Peer, d.Addrs, "no answer") })
		want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111}
		for i, w := range want {
			if at[i] != w*time.Second {
				t.Fatalf("attempts at %v, want at %v", at[:len(want)], want)
			}
		}
		if n := len(at); n < 24*12-20 || n > 24*12+20 {
			t.Errorf("%d attempts in a day", n)
		}
		p := r.Peers()[0]
		if p.State != p2p.StateDown || p.Reason != "no answer" || p.Next.Sub(time.Now()) > 5*time.Minute {
			t.Errorf("%+v", p)
		}
	})
}

// TestRefusedStaysRefused: from a minute up to a day, and silence in between
// does not change why.
func TestRefusedStaysRefused(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Add("p", []string{"a"})
		at := attempts(r, 40*24*time.Hour, func(d Target) { r.Refuse(d.Peer, p2p.ReasonWrongSecret) })
		for i, w := range []time.Duration{0, 1, 3, 7, 15, 31, 63} {
			if at[i] != w*time.Minute {
				t.Fatalf("attempts at %v", at)
			}
		}
		if last := at[len(at)-1] - at[len(at)-2]; last != 24*time.Hour {
			t.Errorf("after many failures again after %v", last)
		}
		if !r.Barred("p") {
			t.Error("not barred")
		}
		r.Unreachable("p", nil, "no answer")
		r.Hear("p", []string{"b"})
		r.Hurry()
		if p := r.Peers()[0]; p.State != p2p.StateRefused || p.Reason != p2p.ReasonWrongSecret || p.Failed != len(at) || time.Until(p.Next) < time.Hour {
			t.Errorf("%+v", p)
		}
		r.Add("p", []string{"a"})
		if r.Barred("p") || r.Peers()[0].Next.After(time.Now()) {
			t.Error("Add does not forgive")
		}
	})
}

func TestUpDown(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		one, two := &fake{n: 1}, &fake{n: 2}
		r.Up("p", one)
		expect(t, drain(r), "up p ")
		if old := r.Up("p", two); old != p2p.Conn(one) {
			t.Errorf("replaced %v", old)
		}
		expect(t, drain(r), "down p "+p2p.ReasonReplaced, "up p ")
		r.Down("p", one, true, "too late")
		expect(t, drain(r))
		time.Sleep(time.Hour)
		r.Down("p", two, false, "lost\n")
		expect(t, drain(r), "down p lost\uFFFD")
		if p := r.Peers()[0]; !p.Next.IsZero() || !p.Member {
			t.Errorf("without an address: %+v", p)
		}
		if !r.Tell("p", []string{"x"}) || r.Tell("p", []string{"x"}) {
			t.Error("Tell does not know news")
		}
		expect(t, drain(r), "learned p ")
		if p := r.Peers()[0]; time.Until(p.Next) != time.Second {
			t.Errorf("after an hour up, next in %v", time.Until(p.Next))
		}
		r.Up("p", one)
		if open := r.Refuse("p", "lied"); open != p2p.Conn(one) {
			t.Errorf("open %v", open)
		}
		expect(t, drain(r), "refused p lied") // the Up was never seen, so nor is its end
	})
}

// TestFlapping: a Conn that dies at once counts as a failure.
func TestFlapping(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Add("p", []string{"a"})
		at := attempts(r, time.Hour, func(d Target) {
			c := &fake{}
			r.Up("p", c)
			r.Down("p", c, false, "at once")
		})
		if len(at) > 25 {
			t.Errorf("%d attempts in an hour", len(at))
		}
		if got := drain(r); len(got) > 1 {
			t.Errorf("events pile up: %q", got)
		}
	})
}

// TestCutAgainAndAgain: connections that end soon, but each of which brought
// something, are made again after about a second, however many there were; those
// that brought something and ended at once, not much later.
func TestCutAgainAndAgain(t *testing.T) {
	for _, c := range []struct {
		lives time.Duration
		heard bool
		why   string
		least int // attempts in an hour
		most  int
	}{
		{2 * time.Second, true, p2p.ReasonLost, 1190, 1210},
		{time.Second, true, p2p.ReasonLost, 1790, 1810},
		{0, true, p2p.ReasonLost, 440, 460}, // 8 s
		{2 * time.Second, false, p2p.ReasonLost, 10, 25},
		{0, false, p2p.ReasonLost, 10, 25},
		{2 * time.Second, true, "another version", 10, 25},
	} {
		bubble.Test(t, func(t *testing.T) {
			r := New("me", steady())
			defer r.Close()
			r.Add("p", []string{"a"})
			at := attempts(r, time.Hour, func(d Target) {
				conn := &fake{}
				r.Up("p", conn)
				time.Sleep(c.lives)
				r.Down("p", conn, c.heard, c.why)
			})
			if len(at) < c.least || len(at) > c.most {
				t.Errorf("lives %v, heard %v, %s: %d attempts in an hour", c.lives, c.heard, c.why, len(at))
			}
		})
	}
}

// TestProgressForgives: what failed before a connection that brought something
// does not count after it.
func TestProgressForgives(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Add("p", []string{"a"})
		attempts(r, 10*time.Minute, func(d Target) { r.Unreachable(d.Peer, d.Addrs, "no answer") })
		conn := &fake{}
		r.Up("p", conn)
		time.Sleep(2 * time.Second)
		r.Down("p", conn, true, p2p.ReasonLost)
		if wait := time.Until(r.Peers()[0].Next); wait != time.Second {
			t.Errorf("tried again after %v", wait)
		}
	})
}

func TestStrangersAreForgotten(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Add("friend", []string{"a"})
		r.Up("member", &fake{})
		for i := range 3 * maxPeers {
			r.Hear(fmt.Sprint("made up ", i), []string{"x"})
			r.Refuse(fmt.Sprint("stranger ", i), p2p.ReasonWrongSecret)
		}
		var found int
		for _, p := range r.Peers() {
			if p.ID == "friend" || p.ID == "member" {
				found++
			}
		}
		if n := len(r.Peers()); n > maxPeers || found != 2 {
			t.Errorf("%d peers, %d of 2 friends", n, found)
		}
	})
}

func TestHearsayIsGivenUp(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Hear("p", []string{"a"})
		at := attempts(r, 24*time.Hour, func(d Target) { r.Unreachable(d.Peer, d.Addrs, "no answer") })
		if len(at) != hopeless+1 || len(r.Peers()) != 0 {
			t.Errorf("%d attempts, %d peers", len(at), len(r.Peers()))
		}
	})
}

func TestOwnWordFirst(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		r := New("me", steady())
		defer r.Close()
		r.Hear("p", []string{"rumour"})
		r.Add("p", []string{"given"})
		r.Tell("p", []string{"own"})
		for i := range 100 {
			r.Hear("p", []string{fmt.Sprint("rumour", i)})
		}
		got := r.Peers()[0].Addrs
		if len(got) != maxAddrs || got[0] != "own" || got[1] != "given" || got[2] != "rumour99" {
			t.Errorf("%q", got)
		}
		r.Hear("me", []string{"x"})
		r.Add("me", []string{"x"})
		if len(r.Peers()) != 1 {
			t.Error("knows itself")
		}
	})
}

// TestQueueAgainstStory: whatever is pushed while nobody reads, the reader is
// told a story in which each peer goes up and down in turn and ends where it
// really is.
func TestQueueAgainstStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewQueue()
		defer q.Close()
		truth, told := map[string]bool{}, map[string]bool{}
		kinds := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 60).Draw(t, "story")
		read := func(e p2p.Event) {
			switch e.Kind {
			case p2p.Up, p2p.Down:
				if told[e.Peer] == (e.Kind == p2p.Up) {
					t.Fatalf("%v of %s twice", e.Kind, e.Peer)
				}
				told[e.Peer] = e.Kind == p2p.Up
			}
		}
		for _, k := range kinds {
			peer := string(rune('a' + k%3))
			switch {
			case k < 3:
				truth[peer] = !truth[peer]
				kind := p2p.Down
				if truth[peer] {
					kind = p2p.Up
				}
				q.Push(p2p.Event{Kind: kind, Peer: peer})
			case k < 5:
				q.Push(p2p.Event{Kind: p2p.Unreachable, Peer: peer})
			default:
				select {
				case e := <-q.Events():
					read(e)
				default:
				}
			}
		}
		q.Push(p2p.Event{Kind: p2p.Learned, Peer: "end"})
		n := 0
		for e := range q.Events() {
			if n++; e.Peer == "end" {
				break
			}
			read(e)
		}
		if n > 1+3*3 {
			t.Fatalf("%d events waited", n)
		}
		for peer, up := range truth {
			if told[peer] != up {
				t.Fatalf("%s: told up %v, is up %v", peer, told[peer], up)
			}
		}
	})
}
