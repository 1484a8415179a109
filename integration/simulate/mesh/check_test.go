package mesh

import (
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestChecksBite spoils, at the end of a run, each thing that is checked.
func TestChecksBite(t *testing.T) {
	for _, c := range []struct {
		what  string
		spoil func(w *world)
	}{
		{"", func(*world) {}},
		{"was acknowledged, known is", func(w *world) { w.acknowledged[w.peers[1].docs.Replica()] = 1 << 40 }},
		{"increments were acknowledged", func(w *world) { w.counts["count/0"] = count{1000, 2000} }},
		{"increments were acknowledged", func(w *world) { w.counts["count/0"] = count{-2, -1} }},
		{"has root", func(w *world) { w.spoilContent(w.peers[2]) }},
	} {
		err := func() (err error) {
			defer caught(&err)
			w := newWorld(Options{Peers: 3, Graph: Full, Documents: 10, Rate: 20, Duration: 5 * time.Second}.withDefaults())
			w.load()
			w.begin()
			w.writeOn(w.now + w.o.Duration)
			w.runUntil(w.now + w.o.Duration)
			w.await(time.Millisecond, w.same, w.whatIsMissing)
			c.spoil(w)
			w.finish()
			return nil
		}()
		if c.what == "" && err != nil || c.what != "" && (err == nil || !strings.Contains(err.Error(), c.what)) {
			t.Errorf("want %q, found %v", c.what, err)
		}
	}
}

// spoilContent writes what nobody hears of.
func (w *world) spoilContent(p *peer) {
	p.must("spoil", func(b *storage.Batch) error {
		wr := b.Begin(collection, p.hlc.Next(p.wall()))
		d, _, err := new(crdt.Document).Put(wr, w.body())
		if err != nil {
			return err
		}
		head, _ := wr.Last()
		return b.Write(collection, wr, []storage.Written{{Key: "spoiled", Document: d, Head: head}})
	})
}

// TestPatience: peers that cannot reach each other do not converge, and the
// run says who is missing.
func TestPatience(t *testing.T) {
	err := func() (err error) {
		defer caught(&err)
		w := newWorld(Options{Peers: 3, Graph: Line, Documents: 10, Patience: 3 * time.Second}.withDefaults())
		w.load()
		w.begin()
		w.await(time.Second, w.together, w.whatIsMissing)
		w.peers[0].side = 1
		w.stallParted()
		w.peers[1].put(keyOf(1))
		w.await(time.Second, w.same, w.whatIsMissing)
		return nil
	}()
	if err == nil || !strings.Contains(err.Error(), "p0000 with 1 sessions is behind") {
		t.Errorf("found %v", err)
	}
}

// TestPowerCut: what is committed and not synced when the power goes is gone,
// what was acknowledged is there.
func TestPowerCut(t *testing.T) {
	w := newWorld(Options{Peers: 1, Sync: 10 * time.Millisecond}.withDefaults())
	w.load()
	w.begin()
	p := w.peers[0]
	p.increment("count/0")
	w.runUntil(w.now + time.Second)
	p.increment("count/0")
	w.runUntil(w.now + 5*time.Millisecond) // committed, and not synced
	if n := p.counter("count/0"); n != 2 || w.counts["count/0"].acknowledged != 1 {
		t.Fatalf("the counter is %d, acknowledged are %d", n, w.counts["count/0"].acknowledged)
	}
	p.stop(false)
	w.runUntil(w.now + time.Second)
	p.start()
	if n := p.counter("count/0"); n != 1 {
		t.Errorf("after a power cut the counter is %d", n)
	}
	p.increment("count/0")
	w.runUntil(w.now + 5*time.Millisecond)
	p.stop(true)
	p.start()
	if n := p.counter("count/0"); n != 2 {
		t.Errorf("after a kill the counter is %d", n)
	}
}
