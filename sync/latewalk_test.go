package antientropy

import (
	"fmt"
	"testing"
	"time"
)

// slowWire brings each message so long after it was sent, in order.
type slowWire struct {
	*pair
	delay time.Duration
	sent  [2][]time.Time // of what is in the inboxes
}

// pass lets d pass, second by second.
func (w *slowWire) pass(d time.Duration) {
	for ; d > 0; d -= time.Second {
		w.tick(time.Second)
		for moved := true; moved; {
			moved = false
			for i, s := range w.sides {
				w.sent[i] = append(w.sent[i], make([]time.Time, len(s.inbox)-len(w.sent[i]))...)
				for j, at := range w.sent[i] {
					if at.IsZero() {
						w.sent[i][j] = w.now
					}
				}
				if len(s.inbox) > 0 && w.now.Sub(w.sent[i][0]) >= w.delay {
					w.sent[i] = w.sent[i][1:]
					moved = w.deliver(i)
				}
				moved = w.commit(i) || moved
			}
		}
	}
}

// open fails unless both sides go on, and gives how often each was told that documents differ.
func (w *slowWire) open() (told [2]int) {
	w.t.Helper()
	for i, s := range w.sides {
		if s.closed != nil {
			w.t.Fatalf("after %s side %d closes: %s, %s", w.delay, i, s.closed.Reason, s.closed.Detail)
		}
		if s.views > 1 {
			w.t.Fatalf("side %d has %d views open", i, s.views)
		}
		for _, o := range s.events {
			if _, ok := o.(Diverged); ok {
				told[i]++
			}
		}
	}
	return told
}

// TestLateAnswerToAWalk: a peer that answers a question of a tree walk after the walk was given up
// has done nothing wrong, whichever question it was. Walks go on when it is faster again, and
// while it is slow it is not asked for more than it answers.
func TestLateAnswerToAWalk(t *testing.T) {
	for round := range uint64(3) {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			a, b := newFake("A"), newFake("B")
			fill(a, "people", 2000, 3)
			copyTo(a, b, "people")
			delete(b.collection("people").docs, "key-000050")
			w := slowWire{pair: newPair(t, a, b).muted().start().settle()}
			w.tick(2 * time.Second)
			v := &w.sides[0].session.collections["people"].verify
			for v.walk == nil || v.walk.round < round { // until the question is on its way
				for i, s := range w.sides {
					w.deliver(i)
					for _, h := range s.hashes {
						k := s.collection(h.Collection).know
						s.collection(h.Collection).hashed = &k
						s.hashes = nil
						w.step(i, Hashed(h))
					}
				}
			}
			w.delay = 40 * time.Second
			walks := 0
			for range 30 * 60 {
				was := v.walk
				w.pass(time.Second)
				if v.walk != nil && v.walk != was {
					walks++
				}
			}
			if told := w.open(); told != [2]int{} || walks == 0 || walks > 8 {
				t.Errorf("in half an hour %d walks, told %d times", walks, told)
			}
			w.delay = 0
			w.pass(time.Hour)
			if told := w.open(); told[0] == 0 || told[1] == 0 {
				t.Errorf("told %d times", told)
			}
		})
	}
}

// TestWalkGivenUpOutOfStep: a walk that is given up while the collection is in step only now and then is not
// begun again every second from then on.
func TestWalkGivenUpOutOfStep(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 100, 3)
	copyTo(a, b, "people")
	delete(b.collection("people").docs, "key-000050")
	w := slowWire{pair: newPair(t, a, b).muted().start().settle().tick(3 * time.Second).settle()}
	s := w.sides[0].session
	c := s.collections["people"]
	if err := s.startWalk(c); err != nil {
		t.Fatal(err)
	}
	for _, o := range s.out {
		if m, ok := o.(Send); ok {
			w.sides[1].inbox = append(w.sides[1].inbox, m.Message)
		}
	}
	s.out = nil
	w.delay = 40 * time.Second
	begun := c.verify.walk
	for c.verify.walk == begun {
		c.verify.again, c.verify.patience = time.Time{}, 0 // as a tick does that finds it not in step
		w.pass(time.Second)
	}
	w.delay = 0
	before := w.open()[0]
	w.pass(10 * time.Minute)
	if n := w.open()[0] - before; n == 0 || n > 8 {
		t.Errorf("told %d times in ten minutes", n)
	}
}

// TestWalkOfNewKnowledge: where a walk is under way while its knowledge is overtaken, the answer to it
// is not taken for one to the next.
func TestWalkOfNewKnowledge(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 100, 3)
	copyTo(a, b, "people")
	delete(b.collection("people").docs, "key-000050")
	p := newPair(t, a, b).muted().start().settle().tick(3 * time.Second).settle()
	w := slowWire{pair: p}
	s := p.sides[0].session
	c := s.collections["people"]
	for range 2 { // the first one is still to be answered
		if err := s.startWalk(c); err != nil {
			t.Fatal(err)
		}
		for _, o := range s.out {
			if m, ok := o.(Send); ok {
				p.sides[1].inbox = append(p.sides[1].inbox, m.Message)
			}
		}
		s.out = nil
	}
	if n := len(p.sides[1].inbox); n != 1 {
		t.Errorf("%d questions at once", n)
	}
	w.pass(3 * time.Minute)
	if told := w.open(); told[0] < 2 {
		t.Errorf("told %d times", told)
	}
}

// TestLateAnswerToACheck: an answer to a check may take as long as it will: what was shown holds for good.
func TestLateAnswerToACheck(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	for i := range 300 {
		a.collection("people").put(1, fmt.Sprintf("p%04d", i))
	}
	copyTo(a, b, "people")
	w := slowWire{pair: newPair(t, a, b).muted().start().settle()}
	b.collection("people").docs["p0120"] = fakeDoc{} // lost there
	b.collection("people").change()
	busy := func(seconds int) { // roots can never be compared
		for range seconds {
			for side, s := range w.sides {
				s.collection("people").put(5, fmt.Sprint("busy", side))
				w.changed(side, "people")
			}
			w.pass(time.Second)
		}
	}
	busy(25)
	for w.delay = time.Second; w.delay < 40*time.Second; w.delay += time.Second {
		busy(2)
	}
	busy(600)
	if told := w.open(); told[0] == 0 || told[1] == 0 {
		t.Errorf("told %d times", told)
	}
}
