package antientropy

import (
	"testing"
	"time"
)

// TestTicksPassTime: a session that is ticked whenever it wants to be lets time
// pass, whenever else it is ticked: what it wants at a moment is done with the
// tick of that moment.
func TestTicksPassTime(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	p := newPair(t, a, b).start().settle()
	early := []time.Duration{14_100, 14_900, 14_990, 15_400, 29_800, 44_950} // milliseconds, about when pings are due
	began := p.now
	for p.now.Before(began.Add(time.Minute)) {
		next := began.Add(time.Hour)
		for i, s := range p.sides {
			for again := 0; ; again++ {
				at, ok := s.session.Deadline()
				if !ok || again > 10 {
					t.Fatalf("side %d after %s: closed %v, or it wants tick after tick", i, p.now.Sub(began), s.closed)
				}
				if at.After(p.now) {
					if at.Before(next) {
						next = at
					}
					break
				}
				p.step(i, Tick{p.now})
				p.settle()
			}
		}
		if len(early) > 0 {
			if at := began.Add(early[0] * time.Millisecond); at.Before(next) {
				early = early[1:]
				p.now = at
				p.step(0, Tick{p.now}) // early: that does no harm
				p.step(1, Tick{p.now})
				p.settle()
				continue
			}
		}
		p.now = next
	}
}
