package antientropy

import (
	"testing"
	"time"
)

// TestWalkAgain: while contents differ and nothing changes, both sides are told of it
// again, less and less often.
func TestWalkAgain(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 100, 3)
	copyTo(a, b, "people")
	delete(b.collection("people").docs, "key-000050")
	p := newPair(t, a, b).muted().start().settle()
	told := func() (n [2]int) {
		for i, s := range p.sides {
			for _, o := range s.events {
				if _, ok := o.(Diverged); ok {
					n[i]++
				}
			}
		}
		return n
	}
	pass := func(d time.Duration) {
		for ; d > 0; d -= time.Second {
			p.tick(time.Second).settle()
		}
	}
	pass(3 * time.Second)
	if n := told(); n != [2]int{1, 1} {
		t.Fatalf("told %d times", n)
	}
	pass(walkAgain)
	if n := told(); n != [2]int{2, 2} {
		t.Errorf("after %s told %d times", walkAgain, n)
	}
	pass(time.Hour)
	if n := told(); n[0] < 6 || n[0] > 10 || n[0] != n[1] {
		t.Errorf("in an hour told %d times", n)
	}
}
