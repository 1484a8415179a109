package antientropy

import (
	"fmt"
	"testing"
	"time"
)

// What the tree does not bear out although it was asked to is not asked for
// without end: the rest is exchanged, also by a drain that is one of several, and
// what was passed over follows once the tree bears it out.
func TestPassedOver(t *testing.T) {
	for _, n := range []int{1, 7, maxPassedOver + 20} {
		for _, parts := range []int{1, 2} {
			a, b := newFake("A"), newFake("B")
			c := a.collection("people")
			for i := range 1000 {
				c.put(0, fmt.Sprintf("p%04d", i))
			}
			copyTo(a, b, "people")
			c.busy = map[string]bool{}
			for i := 0; i < 1000; i += 5 {
				key := fmt.Sprintf("p%04d", i)
				c.remove(key)
				c.forget(key)
				if i/5 < n {
					c.busy[key] = true
				}
			}
			c.put(200, "p0999")
			p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Compare = 300 }).muted().start()
			for parts > 1 && (p.sides[1].session.collections["people"] == nil || !p.sides[1].session.collections["people"].ready) {
				p.deliver(0)
				p.deliver(1)
			}
			if parts > 1 {
				p.step(1, Share{"people", 1, parts})
			}
			p.settle()
			for key := range c.busy {
				if _, there := b.collection("people").docs[key]; !there {
					t.Fatalf("%s is gone without evidence", key)
				}
			}
			if d := b.collection("people").docs["p0995"]; n < maxPassedOver && len(d.live) > 0 {
				t.Fatal("what the tree bears out does not follow")
			}
			sent := len(p.sides[1].heard)
			if p.changed(0, "people").settle(); len(p.sides[1].heard) > sent {
				t.Fatal("it is asked again at once")
			}
			c.put(0, "p0001")
			p.changed(0, "people").settle()
			if n < maxPassedOver && !b.collection("people").know.At("p0001").Equal(c.know.At("p0001")) {
				t.Fatal("what is written meanwhile does not follow")
			}
			c.busy = nil
			p.tick(5 * time.Second).settle().tick(2 * time.Second).settle()
			p.same("people")
		}
	}
}
