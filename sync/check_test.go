package antientropy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// busy lets seconds pass in each of which both sides write, so that roots can
// never be compared.
func (p *pair) busy(seconds int) {
	for i := range seconds {
		for side, s := range p.sides {
			s.collection("people").put(5, fmt.Sprintf("busy%d-%d", side, i%7))
			p.changed(side, "people")
			p.deliver(side)
		}
		p.tick(time.Second)
		for side := range p.sides {
			p.deliver(side)
			p.deliver(side)
			p.commit(side)
		}
	}
}

func (p *pair) alarms() (keys [2][]string) {
	for i, s := range p.sides {
		for _, e := range s.events {
			if d, ok := e.(Diverged); ok {
				keys[i] = append(keys[i], d.Keys...)
			}
		}
	}
	return keys
}

// Documents that differ are found although the two sides never know the same:
// within one round through all keys, at both sides, and nothing else is.
func TestChecksFindWhatDiffers(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	for i := range 2500 {
		a.collection("people").put(1, fmt.Sprintf("p%04d", i))
	}
	copyTo(a, b, "people")
	p := newPair(t, a, b).start().settle()
	d := b.collection("people").docs["p0037"]
	d.sizes = map[crdt.Dot]int{d.live[0]: 21}
	b.collection("people").change()
	b.collection("people").docs["p0037"] = d         // another content
	b.collection("people").docs["p1200"] = fakeDoc{} // lost there
	delete(a.collection("people").docs, "p2222")     // lost here
	delete(b.collection("people").docs, "p2400")     // lost there, with its entry
	a.collection("people").change()
	p.busy(100)
	want := []string{"p0037", "p1200", "p2222", "p2400"}
	for i, keys := range p.alarms() {
		slices.Sort(keys)
		if keys = slices.Compact(keys); !slices.Equal(keys, want) {
			t.Errorf("side %d: %q", i, keys)
		}
	}
	most := 0
	for _, s := range p.sides {
		for _, m := range s.heard {
			if k := kind(m[0]); k == kindCheck || k == kindChecked || k == kindFound {
				most = max(most, len(m))
			}
		}
	}
	if most == 0 || most > 64<<10 {
		t.Errorf("a check of %d bytes", most)
	}
}

// Whatever happens between two correct sides, no check raises an alarm.
func TestChecksRaiseNoFalseAlarm(t *testing.T) {
	checks := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFake("A"), newFake("B")
		p := newPair(t, a, b).start()
		p.settle()
		for range rapid.IntRange(1, 30).Draw(t, "things") {
			p.happen(t)
		}
		// Roots cannot be compared for a while; what is on its way stays there.
		for i := range 45 {
			side := i % 2
			p.sides[side].collection("texts").put(3, fmt.Sprint("k", i%6))
			p.changed(side, "texts")
			p.tick(time.Second)
			for range rapid.IntRange(0, 2).Draw(t, "deliveries") {
				p.happen(t)
			}
			if i > 30 { // checks are under way
				p.deliver(0)
				p.deliver(1)
			}
		}
		p.settle()
		for _, s := range p.sides {
			for _, m := range s.heard {
				if kind(m[0]) == kindCheck {
					checks++
				}
			}
		}
		if keys := p.alarms(); len(keys[0])+len(keys[1]) > 0 {
			t.Fatalf("alarm: %q\n%s", keys, p.story)
		}
	})
	if checks == 0 {
		t.Error("nothing was checked")
	}
}

// A side that has forgotten removals shows nothing of them, and the other one,
// which has not heard of them, takes that for no difference.
func TestChecksKnowOfForgotten(t *testing.T) {
	for _, forgetful := range []int{0, 1} {
		a, b := newFake("A"), newFake("B")
		for i := range 20 {
			a.collection("people").put(1, fmt.Sprintf("p%02d", i))
		}
		copyTo(a, b, "people")
		p := newPair(t, a, b).start().settle()
		p.step(1-forgetful, Pause{On: true})
		f := p.sides[forgetful]
		c := f.collection("people")
		c.remove("p07")
		c.forget("p07")
		for range 60 {
			p.changed(forgetful, "people").settle().tick(time.Second)
		}
		if keys := p.alarms(); len(keys[0])+len(keys[1]) > 0 {
			t.Errorf("side %d has forgotten, alarm: %q", forgetful, keys)
		}
		checked := false
		for _, s := range p.sides {
			for _, m := range s.heard {
				checked = checked || kind(m[0]) == kindCheck
			}
		}
		if !checked {
			t.Error("nothing was checked")
		}
	}
}
