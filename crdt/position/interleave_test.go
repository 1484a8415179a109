package position_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
	"pgregory.net/rapid"
)

// typing is how somebody types at a place: the index of each element.
type typing func(at, i int) int

var directions = map[string]typing{
	"forward":  func(at, i int) int { return at + i },
	"backward": func(at, _ int) int { return at },
	"outward":  func(at, i int) int { return at + i*(i%2) }, // one behind, one in front
	"inward":   func(at, i int) int { return at + (i+1)/2 }, // into the middle
}

// TestNoInterleaving types at the same place at the same time, in every
// direction, between every kind of neighbours: each one's elements stay
// together.
func TestNoInterleaving(t *testing.T) {
	for neighbours, make := range map[string]func(*world){
		"none":             func(*world) {},
		"forward run":      func(w *world) { w.insert(0, 0); w.insert(0, 1) },
		"backward run":     func(w *world) { w.insert(0, 0); w.insert(0, 0) },
		"of two":           func(w *world) { w.insert(0, 0); w.hear(1, 0); w.insert(1, 1) },
		"of two, backward": func(w *world) { w.insert(0, 0); w.hear(1, 0); w.insert(1, 0) },
		"only before":      func(w *world) { w.insert(2, 0) },
	} {
		for first, one := range directions {
			for second, two := range directions {
				t.Run(fmt.Sprint(neighbours, ", ", first, " and ", second), func(t *testing.T) {
					w := newWorld(3, true)
					make(w)
					w.exchange()
					at := (len(w.seen(0)) + 1) / 2
					here := map[position.ID]bool{}
					for i := range 5 {
						here[w.insert(0, one(at, i))] = true
						here[w.insert(1, two(at, i))] = true
						here[w.insert(2, one(at, i))] = true
					}
					w.checkTogether(t, here)
				})
			}
		}
	}
}

// exchange lets everybody hear of everything.
func (w *world) exchange() {
	for range 2 {
		for i := range w.known {
			for k := range w.known {
				w.hear(i, k)
			}
		}
	}
}

// fatal is a test of either kind.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkTogether fails if of the elements that are here, those of a replica do
// not stand together.
func (w *world) checkTogether(t fatal, here map[position.ID]bool) {
	t.Helper()
	var last [16]byte
	done := map[[16]byte]bool{}
	list := w.ordered()
	for _, id := range list {
		if !here[id] {
			continue
		}
		if done[id.Replica] && id.Replica != last {
			t.Fatalf("interleaved: %v", list)
		}
		last = id.Replica
		done[last] = true
	}
}

// TestNoInterleavingWithRemovals lets several replicas work for a while in the
// same gap, each alone: they insert anywhere among what they inserted, and
// remove it again. The neighbours of the gap were made with removals too.
func TestNoInterleavingWithRemovals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(rapid.IntRange(2, 4).Draw(t, "replicas"), true)
		w.run(t, rapid.IntRange(0, 20).Draw(t, "before"), true)
		w.exchange()
		gap := rapid.IntRange(0, len(w.seen(0))).Draw(t, "gap")
		here := map[position.ID]bool{}
		for replica := range w.known {
			n := 0
			for range rapid.IntRange(0, 12).Draw(t, "edits") {
				if n > 0 && rapid.IntRange(0, 2).Draw(t, "edit") == 0 {
					at := gap + rapid.IntRange(0, n-1).Draw(t, "remove")
					delete(here, w.seen(replica)[at])
					w.remove(replica, at)
					n--
					continue
				}
				here[w.insert(replica, gap+rapid.IntRange(0, n).Draw(t, "insert"))] = true
				n++
			}
		}
		w.checkTogether(t, here)
	})
}

// TestHalfTyped lets one see the other's half-typed run before both go on.
func TestHalfTyped(t *testing.T) {
	for direction, how := range directions {
		w := newWorld(2, true)
		here := map[position.ID]bool{}
		for i := range 3 {
			here[w.insert(0, how(0, i))] = true
			here[w.insert(1, how(0, i))] = true
		}
		w.hear(1, 0) // a's run is before b's
		for i := 3; i < 6; i++ {
			here[w.insert(0, how(0, i))] = true
			here[w.insert(1, how(3, i))] = true
		}
		t.Log(direction)
		w.checkTogether(t, here)
	}
}
