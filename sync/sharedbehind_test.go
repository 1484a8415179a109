package antientropy

import (
	"fmt"
	"testing"
	"time"
)

// A peer that is fed by several, and is behind what they have forgotten, gets
// the keys before the part that it asked to begin at, too, and with evidence.
func TestShareOfWhatWasForgotten(t *testing.T) {
	for _, compare := range []int{0, 100, 700} {
		a, b := newFake("A"), newFake("B")
		c := a.collection("people")
		for i := range 3000 {
			c.put(0, fmt.Sprintf("p%04d", i))
		}
		copyTo(a, b, "people")
		for i := 0; i < 3000; i += 7 {
			key := fmt.Sprintf("p%04d", i)
			c.remove(key)
			c.forget(key)
		}
		for i := 1; i < 3000; i += 7 {
			c.put(200, fmt.Sprintf("p%04d", i))
		}
		k := c.know
		c.hashed = &k
		p := newPair(t, a, b, func(_ int, c *Config) {
			c.Limits.Frames, c.Limits.Documents, c.Limits.Compare = 1, 20, compare
		}).start()
		for p.sides[1].session.collections["people"] == nil || !p.sides[1].session.collections["people"].ready {
			p.deliver(0)
			p.deliver(1)
		}
		p.step(1, Share{"people", 1, 2})
		for range 40 {
			p.deliver(0)
			p.deliver(1)
			p.commit(1)
		}
		p.step(0, Pause{true})
		p.settle()
		p.step(0, Pause{false})
		p.settle().tick(5 * time.Second).settle()
		p.same("people")
	}
}
