package antientropy

import (
	"testing"
	"time"
)

// A session may be paused before it starts: the peer hears hello first, and
// no frame passes until both have resumed.
func TestPausedBeforeStart(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	p := newPair(t, a, b)
	p.step(0, Pause{On: true})
	p.start().settle()
	for _, s := range p.sides {
		if s.closed != nil {
			t.Fatalf("%s closed: %+v", s.name, *s.closed)
		}
	}
	if len(p.sides[1].merges) != 0 {
		t.Fatal("a frame passed while paused")
	}
	p.step(0, Pause{On: false})
	p.settle().same("people")
}

// A frame that was on its way when the pause began is not merged before it
// ends, however long that takes, and does not come twice.
func TestPauseIsExact(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	p := newPair(t, a, b).start().settle()
	for _, key := range []string{"bob", "cid"} {
		a.collection("people").put(10, key)
		p.changed(0, "people") // on its way
	}
	p.step(1, Pause{On: true})
	p.settle()
	a.collection("people").put(10, "dan")
	p.changed(0, "people")
	for range 300 {
		p.settle().tick(time.Second)
	}
	if b.collection("people").docs["bob"].live != nil {
		t.Fatal("merged while paused")
	}
	if st := p.sides[1].session.Status()[0]; st.Behind != 3 {
		t.Errorf("%s behind, want 3: two have arrived, one waits there", st.Behind)
	}
	if st := p.sides[0].session.Status()[0]; st.Ahead != 3 {
		t.Errorf("%s ahead, want 3", st.Ahead)
	}
	heard := len(p.sides[1].heard)
	p.step(1, Pause{On: false})
	p.settle().same("people")
	frames := 0
	for _, m := range p.sides[1].heard[heard:] {
		if kind(m[0]) == kindFrame {
			frames++
		}
	}
	if frames != 1 {
		t.Errorf("%d frames after the pause, want the one of dan", frames)
	}
}

// Pausing while frames are with the committer gives out no more of them.
func TestPauseBetweenFrames(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	for i := range 40 {
		a.collection("people").put(500, string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Frame, c.Limits.Whole = 1000, 1000 }).start()
	p.sides[1].slow = true
	for len(p.sides[1].merges) < 3 {
		p.deliver(0)
		p.deliver(1)
	}
	given := len(p.sides[1].merges)
	p.step(1, Pause{On: true})
	p.settle()
	if n := len(p.sides[1].merges); n != given {
		t.Fatalf("%d frames given out, %d of them after the pause", n, n-given)
	}
	p.sides[1].slow = false
	p.settle()
	know := b.collection("people").know
	p.settle().tick(time.Minute)
	if !b.collection("people").know.Equal(know) {
		t.Fatal("merged while paused")
	}
	p.step(1, Pause{On: false})
	p.settle().same("people")
}
