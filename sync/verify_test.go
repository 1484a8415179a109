package antientropy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestWalkFindsWhatDiffers damages random documents of two replicas with
// equal knowledge and compares the outcome of the walk with a comparison of
// everything.
func TestWalkFindsWhatDiffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFake("A"), newFake("B")
		n := rapid.IntRange(0, 400).Draw(t, "documents")
		fill(a, "people", max(n, 1), 3)
		copyTo(a, b, "people")
		dot := crdt.Dot{Replica: a.id, Counter: 1}
		for range rapid.IntRange(0, 12).Draw(t, "damages") {
			f := rapid.SampledFrom([]*fake{a, b}).Draw(t, "where").collection("people")
			key := fmt.Sprintf("key-%06d", rapid.IntRange(0, n+20).Draw(t, "which"))
			if rapid.Bool().Draw(t, "lost") {
				delete(f.docs, key)
			} else {
				f.docs[key] = fakeDoc{live: []crdt.Dot{dot}, heads: []crdt.Dot{dot}, sizes: map[crdt.Dot]int{dot: rapid.IntRange(0, 5).Draw(t, "size")}}
			}
		}
		var want []string
		for i := range n + 21 {
			key := fmt.Sprintf("key-%06d", i)
			x, y := a.collection("people").docs[key], b.collection("people").docs[key]
			if !slices.Equal(x.body(), y.body()) {
				want = append(want, key)
			}
		}
		p := newPair(t, a, b).start().settle().tick(3 * time.Second).settle()
		for _, s := range p.sides {
			st := s.session.Status()[0]
			var got *Diverged
			for _, o := range s.events {
				if d, ok := o.(Diverged); ok {
					got = &d
				}
			}
			switch {
			case len(want) == 0 && (got != nil || st.Phase != PhaseConverged):
				t.Fatalf("%s is %s, and reports %v", s.name, st.Phase, got)
			case len(want) > 0 && (got == nil || !slices.Equal(got.Keys, want) || st.Phase != PhaseDiverged):
				t.Fatalf("%s is %s and reports %v, want %v\n%s", s.name, st.Phase, got, want, p.story)
			}
			if s.views != 0 || s.closed != nil {
				t.Fatalf("%s: %d views open, %v", s.name, s.views, s.closed)
			}
		}
	})
}

// TestWalkHoldsLittle damages random documents and lets the sides look at a
// few nodes or documents of a level only: what they report differs, and if it
// is not all, they say so.
func TestWalkHoldsLittle(t *testing.T) {
	all, some := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFake("A"), newFake("B")
		fill(a, "people", rapid.IntRange(20, 300).Draw(t, "documents"), 3)
		copyTo(a, b, "people")
		var want []string
		for range rapid.IntRange(1, 12).Draw(t, "damages") {
			key := fmt.Sprintf("key-%06d", rapid.IntRange(0, 19).Draw(t, "which"))
			delete(b.collection("people").docs, key)
			want = append(want, key)
		}
		most := rapid.IntRange(2, 40).Draw(t, "most")
		p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Walk = most }).start().settle().tick(3 * time.Second).settle()
		for _, s := range p.sides {
			for _, o := range s.events {
				d, ok := o.(Diverged)
				if !ok {
					continue
				}
				for _, key := range d.Keys {
					if !slices.Contains(want, key) {
						t.Fatalf("%s reports %q, of %q\n%s", s.name, d.Keys, want, p.story)
					}
				}
				slices.Sort(want)
				if lacks := len(slices.Compact(want)) > len(d.Keys); lacks && !d.More && s.session.config.Initiator {
					t.Fatalf("%s reports %q as all of %q", s.name, d.Keys, want)
				} else if lacks {
					some++
				} else {
					all++
				}
			}
		}
	})
	t.Logf("%d times all was found, %d times some", all, some)
}

// TestWalkRounds counts the round trips of a walk: the levels above the first
// that has many nodes cost none.
func TestWalkRounds(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 9000, 3)
	copyTo(a, b, "people")
	want := []string{"key-000017", "key-004711", "key-008999"}
	for _, key := range want {
		delete(b.collection("people").docs, key)
	}
	view, err := a.View("people")
	if err != nil {
		t.Fatal(err)
	}
	height, err := view.Height()
	if err != nil || height < 5 {
		t.Fatalf("height %d, %v: the test needs more", height, err)
	}
	view.Close()
	p := newPair(t, a, b).start().settle().tick(3 * time.Second).settle()
	var got []string
	for _, o := range p.sides[0].events {
		if d, ok := o.(Diverged); ok {
			got = d.Keys
		}
	}
	answers := 0
	for line := range strings.Lines(p.story) {
		if strings.Contains(line, "→A nodes people") {
			answers++
		}
	}
	if !slices.Equal(got, want) || answers > 5 {
		t.Errorf("%d round trips through %d levels found %q", answers, height+1, got)
	}
}

// TestWalkIsCut checks that a walk through two trees that have nothing in
// common reports a part and says so.
func TestWalkIsCut(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 9000, 3)
	copyTo(a, b, "people")
	for key, d := range b.collection("people").docs {
		b.collection("people").docs[key] = fakeDoc{live: d.live, heads: d.heads, sizes: map[crdt.Dot]int{d.live[0]: 4}}
	}
	p := newPair(t, a, b).start().settle().tick(3 * time.Second).settle()
	for _, o := range p.sides[0].events {
		if d, ok := o.(Diverged); ok {
			if !d.More || len(d.Keys) < 500 || len(d.Keys) > 2*maxKeys {
				t.Errorf("%d keys, more %t", len(d.Keys), d.More)
			}
			return
		}
	}
	t.Error("nothing was reported")
}

// TestWriteDuringWalk checks that a walk is given up when one side moves on,
// and comes again when it is quiet.
func TestWriteDuringWalk(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 100, 3)
	copyTo(a, b, "people")
	delete(b.collection("people").docs, "key-000050")
	p := newPair(t, a, b).start().settle()
	p.tick(2 * time.Second)
	for range 100 { // until the walk is on its way
		p.deliver(0)
		for _, s := range p.sides {
			for _, h := range s.hashes {
				k := s.collection(h.Collection).know
				s.collection(h.Collection).hashed = &k
				s.hashes = s.hashes[1:]
				p.step(slices.Index(p.sides[:], s), Hashed(h))
			}
		}
		if w := p.sides[0].session.collections["people"].verify.walk; w != nil {
			break
		}
		p.deliver(1)
	}
	b.collection("people").put(3, "key-000001")
	p.changed(1, "people").settle().tick(3 * time.Second).settle()
	found := 0
	for _, o := range p.sides[0].events {
		if d, ok := o.(Diverged); ok && slices.Equal(d.Keys, []string{"key-000050"}) {
			found++
		}
	}
	if found != 1 {
		t.Errorf("reported %d times\n%s", found, p.story)
	}
}

// TestCounts compares behind and ahead with what is really missing, at every
// moment of a drain.
func TestCounts(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 500, 10)
	p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Frame, c.Limits.Whole, c.Limits.Window = 400, 500, 3000 }).start()
	known := 0
	for p.deliver(0) || p.deliver(1) || p.commit(1) {
		missing := Count(500 - len(b.collection("people").docs))
		if behind := p.sides[1].session.Status(); len(behind) > 0 && behind[0].Behind != CountUnknown {
			if known++; behind[0].Behind != missing {
				t.Fatalf("B says %s behind, %s are missing", behind[0].Behind, missing)
			}
		}
		if ahead := p.sides[0].session.Status()[0].Ahead; ahead != CountUnknown && ahead < missing {
			t.Fatalf("A says %s ahead, %s are missing", ahead, missing)
		}
	}
	p.same("people")
	if known < 100 {
		t.Errorf("known only %d times", known)
	}
}

func TestManyAhead(t *testing.T) {
	for documents, want := range map[int]string{9_999: "9999", 10_000: "10000", 10_001: ">10000"} {
		a, b := newFake("A"), newFake("B")
		fill(a, "people", documents, 0)
		p := newPair(t, a, b).start()
		p.step(1, Pause{On: true})
		p.deliver(0)
		p.deliver(0)
		p.settle().tick(time.Second).settle()
		x, y := p.sides[0].session.Status()[0], p.sides[1].session.Status()[0]
		if x.Ahead.String() != want || y.Behind.String() != want || y.Why != "paused here" || x.Why != "paused by peer" {
			t.Errorf("%d documents: %+v, %+v", documents, x, y)
		}
	}
}
