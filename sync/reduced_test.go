package antientropy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestReducedPushBytes counts what a few bytes more of a large document cost.
func TestReducedPushBytes(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("texts").put(256<<10, "novel")
	p := newPair(t, a, b).start().settle()
	for range 20 {
		before := p.bytes
		a.collection("texts").add(1, "novel")
		p.changed(0, "texts").settle()
		if n := p.bytes - before; n > 900 {
			t.Errorf("%d bytes for one byte more", n)
		}
	}
	p.same("texts")
}

// TestWithoutTheFeature checks that a peer that has not announced it never
// sees a reduced document.
func TestWithoutTheFeature(t *testing.T) {
	for _, lacks := range []int{0, 1} {
		a, b := newFake("A"), newFake("B")
		a.collection("texts").put(1000, "novel")
		p := newPair(t, a, b, func(i int, c *Config) {
			if i == lacks {
				c.Features = []string{FeatureRefusals}
			}
		}).start().settle()
		for range 3 {
			a.collection("texts").add(5, "novel")
			p.changed(0, "texts").settle()
		}
		p.same("texts")
		if strings.Contains(p.story, "without") {
			t.Error(p.story)
		}
	}
}

// TestAskedWholeOnce checks that a document that was asked for whole once
// goes whole from then on, and that everything does when that were too many.
func TestAskedWholeOnce(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	b.whole = func(string) bool { return true }
	c := a.collection("texts")
	for i := range 9 {
		c.put(1000, fmt.Sprint("t", i))
	}
	p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Wanted = 5 }).start().settle()
	for range 3 {
		for i := range 9 {
			c.add(1, fmt.Sprint("t", i))
			p.changed(0, "texts").settle()
		}
	}
	p.same("texts")
	if n := strings.Count(p.story, "want "); n != 6 {
		t.Errorf("%d times something was wanted whole, want 6\n%s", n, p.story)
	}
}

// TestManyWantedAtOnce checks that a frame of which more is wanted whole than
// one message may ask for comes through.
func TestManyWantedAtOnce(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	b.whole = func(string) bool { return true }
	c := a.collection("texts")
	for i := range 40 {
		c.put(100, fmt.Sprintf("t%02d", i))
	}
	p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Wanted = 7 }).start().settle()
	for i := range 40 {
		c.add(1, fmt.Sprintf("t%02d", i))
	}
	p.changed(0, "texts").settle()
	p.same("texts")
	if n := strings.Count(p.story, "want "); n != 2 {
		t.Errorf("%d times something was wanted whole, want 2", n)
	}
}

// TestManyOnTheirWayBehindAWant checks that what follows a frame that is
// wanted whole does not end the session, however much it is.
func TestManyOnTheirWayBehindAWant(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	c := a.collection("texts")
	c.put(1000, "novel")
	p := newPair(t, a, b).start().settle()
	once := true
	b.whole = func(string) bool { was := once; once = false; return was }
	p.sides[1].slow = true
	for range 100 {
		c.add(1, "novel")
		p.changed(0, "texts").settle()
	}
	p.sides[1].slow = false
	p.settle()
	p.same("texts")
	if n := strings.Count(p.story, "want "); n != 1 {
		t.Errorf("%d times something was wanted whole", n)
	}
}

// TestRandomBasesMissing lets two replicas write into the same documents, drop
// them, and lack at random what a reduced one builds on, while messages are
// delivered in any order the two directions allow: it always ends, and both
// hold the same.
func TestRandomBasesMissing(t *testing.T) {
	wanted, reduced := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFake("A"), newFake("B")
		limits := Limits{
			Frame: rapid.SampledFrom([]int{1, 300, 3000}).Draw(t, "frame"), Whole: rapid.SampledFrom([]int{1, 1000, 9000}).Draw(t, "whole"),
			Documents: rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "documents"), Window: rapid.SampledFrom([]int{1, 4000, 40000}).Draw(t, "window"),
			Wanted: rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "wanted"),
		}
		lack := rapid.IntRange(0, 3).Draw(t, "lack")
		for _, f := range []*fake{a, b} {
			f.whole = func(string) bool { return rapid.IntRange(0, 3).Draw(t, "missing") < lack }
		}
		a.collection("texts").put(900, "k0", "k1", "k2")
		copyTo(a, b, "texts")
		p := newPair(t, a, b, func(_ int, c *Config) { c.Limits = limits })
		p.start()
		for range rapid.IntRange(0, 150).Draw(t, "steps") {
			p.happen(t)
		}
		p.settle().tick(3 * time.Second).settle().tick(3 * time.Second).settle()
		p.same("texts")
		for _, s := range p.sides {
			for _, st := range s.session.Status() {
				if st.Phase != PhaseConverged || st.Ahead != 0 || st.Behind != 0 {
					t.Fatalf("%s: %+v\n%s", s.name, st, p.story)
				}
			}
		}
		wanted += strings.Count(p.story, "want ")
		reduced += strings.Count(p.story, "without")
	})
	if wanted == 0 || reduced == 0 {
		t.Errorf("%d documents came reduced, %d times they were wanted whole", reduced, wanted)
	}
	t.Logf("%d documents came reduced, %d times they were wanted whole", reduced, wanted)
}
