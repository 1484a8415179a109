package antientropy

import "testing"

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
