package antientropy

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// writers are replicas that have each written once into people.
func writers(n int) []*fake {
	all := make([]*fake, n)
	for i := range all {
		all[i] = newFake(fmt.Sprintf("writer %d", i))
		all[i].collection("people").counter = 1
	}
	return all
}

// knowing gives a what the writers wrote; their documents have been removed and
// forgotten.
func (f *fake) knowing(all []*fake) {
	c, counters := f.collection("people"), crdt.Counters{}
	for _, w := range all {
		counters[w.id] = w.collection("people").counter
		c.heads[w.id] = w.collection("people").sign()
	}
	c.know = c.know.Merge(crdt.Know(counters.Vector()))
}

// write lets writers write a document each, which f comes to hold.
func (f *fake) write(all []*fake) {
	c, counters := f.collection("people"), crdt.Counters{}
	c.change()
	for _, w := range all {
		o := w.collection("people")
		o.counter++
		d := crdt.Dot{Replica: w.id, Counter: o.counter}
		c.docs[w.name] = fakeDoc{live: []crdt.Dot{d}, heads: []crdt.Dot{d}, sizes: map[crdt.Dot]int{d: 20}}
		c.heads[w.id] = o.sign()
		counters[w.id] = o.counter
	}
	c.know = c.know.Merge(crdt.Know(counters.Vector()))
}

// traffic is what was delivered before both sides of a pair knew what the other
// knows: bytes by kind in both directions, and half round trips.
type traffic struct {
	bytes map[kind]int
	half  int
}

func (p *pair) untilReady() (t traffic) {
	t.bytes = map[kind]int{}
	ready := func(i int) bool {
		c := p.sides[i].session.collections["people"]
		return c != nil && c.ready && c.shown
	}
	for ; !ready(0) || !ready(1); t.half++ {
		waiting := [2]int{len(p.sides[0].inbox), len(p.sides[1].inbox)}
		if waiting == [2]int{} {
			p.t.Fatalf("both sides wait:\n%.1000s", p.story)
		}
		for i, n := range waiting {
			for range n {
				b := p.sides[i].inbox[0]
				t.bytes[kind(b[0])] += len(b)
				p.deliver(i)
			}
		}
	}
	return t
}

// TestKnowledgeOfManyWriters counts what it takes two peers that know 10,000
// writers to tell each other what they know.
func TestKnowledgeOfManyWriters(t *testing.T) {
	all := writers(10_000)
	for _, tt := range []struct{ writers, changed, most, half int }{
		{1, 0, 256, 2},
		{10_000, 0, 256, 2},
		{10_000, 1, 12_500, 3},
		{10_000, 100, 17_000, 3},
		{10_000, 10_000, 420_000, 3},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.changed, tt.writers), func(t *testing.T) {
			if testing.Short() && tt.changed > 1000 {
				t.Skip("signs and verifies 10,000 changes")
			}
			a, b := newFake("A"), newFake("B")
			a.knowing(all[:tt.writers])
			copyTo(a, b, "people")
			a.write(all[:tt.changed])
			hashAll(a, b)
			p := newPair(t, a, b).muted().start()
			got := p.untilReady()
			knowing := got.bytes[kindOpen] + got.bytes[kindKnow] + got.bytes[kindVectorSketch]
			t.Logf("%d bytes to open, %d of sketches, %d of knowledge; %d half round trips", got.bytes[kindOpen], got.bytes[kindVectorSketch], got.bytes[kindKnow], got.half)
			if knowing > tt.most || got.half > tt.half {
				t.Errorf("%d bytes, want at most %d; %d half round trips, want at most %d", knowing, tt.most, got.half, tt.half)
			}
			before := p.bytes
			p.settle().same("people")
			t.Logf("%d bytes after that", p.bytes-before)
			if each := (p.bytes - before) / max(tt.changed, 1); tt.changed >= 100 && each > 400 {
				t.Errorf("%d bytes for each document", each)
			}
			before = p.bytes
			a.write(all[:1]) // and what is written live
			p.step(0, Changed{Collection: "people"})
			p.settle().same("people")
			t.Logf("a live put of one of them takes %d bytes", p.bytes-before)
			if p.bytes-before > 500 {
				t.Errorf("a live put takes %d bytes", p.bytes-before)
			}
		})
	}
}

// TestFreshPeerOfManyWriters checks that signed heads of 10,000 writers reach a
// fresh peer once, in frames of bounded size.
func TestFreshPeerOfManyWriters(t *testing.T) {
	all := writers(10_000)
	a, b := newFake("A"), newFake("B")
	a.knowing(all)
	b.collection("people").put(20, "ann")
	largest, heads := 0, 0
	p := newPair(t, a, b).muted().start()
	p.sides[1].onMerge = func(m Merge) {
		if n := len(m.Frame.Heads); n > maxHeads {
			t.Errorf("a frame of %d signed heads", n)
		}
		heads += len(m.Frame.Heads)
	}
	p.settle().same("people")
	for _, message := range p.sides[1].heard {
		largest = max(largest, len(message))
	}
	if heads != len(all) || largest > 1<<20 {
		t.Errorf("%d signed heads, the largest message has %d bytes", heads, largest)
	}
	t.Logf("a fresh peer of %d writers: %d bytes, the largest message has %d", len(all), p.bytes, largest)
}

// TestMemoryOfManyWriters measures what 8 sessions with peers that know the same
// 1 or 10,000 writers, or 100 fewer, remember besides the store.
func TestMemoryOfManyWriters(t *testing.T) {
	for _, tt := range []struct{ writers, fewer int }{{1, 0}, {10_000, 0}, {10_000, 100}} {
		all := writers(tt.writers)
		a := newFake("A")
		a.knowing(all)
		var sessions []*Session
		before := heapBytes()
		for i := range 8 {
			b := newFake(fmt.Sprint("B", i))
			copyTo(a, b, "people")
			b.collection("people").know = crdt.Know(without(largest(a.collection("people").know), all[i*tt.fewer:(i+1)*tt.fewer]))
			p := newPair(t, a, b).muted().start().settle()
			p.same("people")
			sessions = append(sessions, p.sides[0].session)
		}
		used := heapBytes() - before
		t.Logf("8 sessions among %d writers, of which each peer lacks %d: %d bytes", tt.writers, tt.fewer, used)
		if used > 2<<20 {
			t.Errorf("8 sessions among %d writers take %d bytes", tt.writers, used)
		}
		runtime.KeepAlive(sessions)
		runtime.KeepAlive(all)
		runtime.KeepAlive(a)
	}
}

func without(v crdt.VersionVector, some []*fake) crdt.VersionVector {
	for _, w := range some {
		v.Set(w.id, 0)
	}
	return v
}

func heapBytes() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools kept through the first
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestKnowledgeIsToldAsItIs lets two peers tell each other knowledge of any
// size and any ranges, and checks that each learns what the other has, or at
// least all that concerns the replicas which it knows itself.
func TestKnowledgeIsToldAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := func(i int) crdt.ReplicaID { return crdt.ReplicaID{byte(i * 37), byte(i), 1} }
		some := func(label string) crdt.VersionVector {
			c := crdt.Counters{}
			for i := range rapid.SampledFrom([]int{0, 3, 90, 400}).Draw(t, label) {
				c[id(i)] = 5
			}
			for range rapid.IntRange(0, 12).Draw(t, label+" changed") {
				c[id(rapid.IntRange(0, 450).Draw(t, "replica"))] = uint64(rapid.IntRange(0, 9).Draw(t, "counter"))
			}
			return c.Vector()
		}
		a, b := newFake("A"), newFake("B")
		for _, f := range []*fake{a, b} {
			k := crdt.Know(some(f.name))
			for range rapid.IntRange(0, 3).Draw(t, "ranges") {
				key := rapid.SampledFrom([]string{"b", "c", "d", "e"}).Draw(t, "key")
				k = k.Forfeit(key, key+"\x00").Raise(key, key+"\x00", crdt.VersionVector{}, some("of a key"))
			}
			f.collection("people").know = k
		}
		p := newPair(t, a, b).muted()
		p.step(0, Pause{On: true})
		p.start().untilReady()
		for i, f := range []*fake{b, a} {
			mine, theirs := p.sides[i].collection("people").know, f.collection("people").know
			got := p.sides[i].session.collections["people"].theirs
			if want := concerning(theirs, mine.Max()); !got.Equal(theirs) && (mine.Weight() > fewEntries || !got.Equal(want)) {
				t.Fatalf("%s has %s, %s took it for %s", f.name, theirs, p.sides[i].name, got)
			}
		}
	})
}
