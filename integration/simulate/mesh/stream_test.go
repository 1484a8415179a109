package mesh

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestStream: whatever gets lost, messages arrive in order, each once, not
// before the line and the distance allow it, and what was sent again is
// counted.
func TestStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))}
		w.o = Options{Bandwidth: rapid.IntRange(1000, 10_000_000).Draw(t, "bandwidth"), Loss: rapid.Float64Range(0, 0.2).Draw(t, "loss")}.withDefaults()
		w.links = map[*link]bool{}
		l := &link{w: w, delay: time.Duration(rapid.IntRange(0, 100).Draw(t, "delay")) * time.Millisecond}
		for i := range l.ends {
			p := &peer{w: w, ends: map[string]*end{}}
			l.ends[i] = &end{link: l, side: i, peer: p, agreed: true, merging: maxMerging + 1}
		}
		l.streams = [2]*stream{{link: l, to: l.ends[1]}, {link: l, to: l.ends[0]}}
		sizes := rapid.SliceOfN(rapid.IntRange(1, 5000), 1, 30).Draw(t, "sizes")
		var bytes int64
		for i, n := range sizes {
			l.streams[0].send(message{bytes: make([]byte, n), depth: i})
			bytes += int64(n)
		}
		for w.advance(time.Hour) {
		}
		got := l.ends[1].inbox // nobody reads it: the writer has to catch up
		if len(got) != len(sizes) || l.streams[0].queued != 0 {
			t.Fatalf("%d of %d messages arrive, %d bytes are queued", len(got), len(sizes), l.streams[0].queued)
		}
		for i, m := range got {
			if m.depth != i || len(m.bytes) != sizes[i] {
				t.Fatalf("message %d arrives as number %d, %d bytes of %d", m.depth, i, len(m.bytes), sizes[i])
			}
		}
		if last, least := l.streams[0].last, time.Duration(bytes)*time.Second/time.Duration(w.o.Bandwidth)+l.delay; last < least-time.Duration(len(sizes)) {
			t.Errorf("all is there after %s, the line takes %s", last, least)
		}
		if w.o.Loss == 0 && w.cost.Again > 0 {
			t.Errorf("%d bytes were sent again, none was lost", w.cost.Again)
		}
	})
}

// TestTimeline: events happen in order of time, and of plan.
func TestTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type planned struct {
			at    time.Duration
			order int
		}
		var tl timeline
		var want, got []planned
		for i, at := range rapid.SliceOf(rapid.IntRange(0, 20)).Draw(t, "moments") {
			p := planned{time.Duration(at), i}
			want = append(want, p)
			tl.after(p.at, func() {
				if tl.now != p.at {
					t.Errorf("%s at %s", p.at, tl.now)
				}
				got = append(got, p)
			})
		}
		slices.SortStableFunc(want, func(a, b planned) int { return cmp.Compare(a.at, b.at) })
		for tl.advance(time.Second) {
		}
		if !slices.Equal(got, want) || tl.now != time.Second {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// TestStalled: nothing gets through a partition; what was held arrives when it
// is over, and when it is not the connection is lost.
func TestStalled(t *testing.T) {
	for _, c := range []struct {
		last time.Duration
		kept bool
	}{{10 * time.Second, true}, {2 * noticed, false}} {
		w := newWorld(Options{Peers: 2, Graph: Full}.withDefaults())
		w.load()
		w.begin()
		w.await(time.Second, w.together, w.whatIsMissing)
		made := w.cost.Connections
		w.peers[0].side = 1
		w.stallParted()
		w.peers[0].increment("count/0")
		w.runUntil(w.now + c.last)
		if n := w.peers[1].counter("count/0"); n != 0 {
			t.Errorf("a write got through a partition: %d", n)
		}
		w.peers[0].side = 0
		w.stallParted()
		w.await(time.Second, w.same, w.whatIsMissing)
		if kept := w.cost.Connections == made; kept != c.kept {
			t.Errorf("after %s the connection was kept: %t", c.last, kept)
		}
	}
}
