package antientropy

import "testing"

// TestSparing: a session that is to be sparing makes one frame for a peer that
// catches up, and no other before it is told to; a peer that is in step is sent
// what is new at once.
func TestSparing(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 3_000, 700)
	p := newPair(t, a, b, func(side int, c *Config) { c.Sparing = side == 0 }).muted()
	frames := watch(p, 1)
	p.start().settle()
	sender := p.sides[0].session
	for made := 1; ; made++ {
		n, ok := sender.Made()
		if !ok {
			break
		}
		if len(*frames) != made || n != len((*frames)[made-1].Documents) {
			t.Fatalf("%d frames, the last of %d documents, after %d", len(*frames), n, made)
		}
		p.step(0, Next{})
		p.settle()
	}
	if len(*frames) < 5 {
		t.Errorf("%d frames: too few to tell", len(*frames))
	}
	p.tick(10e9).settle()
	p.same("people")
	for i := range 3 {
		fill(a, "people", 3_001+i, 700)
		p.changed(0, "people").settle()
		p.same("people")
		if n, ok := sender.Made(); ok {
			t.Errorf("%d documents are counted as catching up", n)
		}
	}
}
