package antientropy

import (
	"errors"
	"testing"
)

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

// TestSparingEnds: a session that ends in the same step in which it has made a frame
// for who catches up has none to be asked about: its owner would let it go on for ever.
func TestSparingEnds(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("c").put(10, "k")
	p := newPair(t, a, b, func(side int, c *Config) { c.Sparing = side == 0 }).muted().start().settle()
	p.tick(10e9).settle()
	p.step(0, Pause{On: true})
	p.settle()
	fill(a, "a", 3_000, 700)
	p.changed(0, "a").settle()
	a.collection("c").put(10, "k2")
	p.changed(0, "c").settle()
	s := p.sides[0].session
	s.config.Replica = unseen{a, "c"}
	p.step(0, Pause{})
	if p.sides[0].closed == nil || !s.sparing.made {
		t.Fatalf("closed: %v; a frame was made: %v", p.sides[0].closed, s.sparing.made)
	}
	if n, ok := s.Made(); ok {
		t.Errorf("a closed session has made a frame of %d documents", n)
	}
}

// unseen is a replica that cannot show one of its collections.
type unseen struct {
	*fake
	name string
}

func (u unseen) View(name string) (View, error) {
	if name == u.name {
		return nil, errors.New("damaged")
	}
	return u.fake.View(name)
}
