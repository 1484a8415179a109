package text_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// TestSiblingsOfDifferentRightOrigins: two characters are inserted right of one at
// the same time, by agents of whom only one has seen what stands right of it. They
// stand in the reverse order of what each has seen to its right, whatever they are
// called and whatever comes first (FugueMax, Weidner and Kleppmann 2023).
func TestSiblingsOfDifferentRightOrigins(t *testing.T) {
	for _, agents := range [][2]text.Agent{{"x", "y"}, {"y", "x"}} {
		end, left, right := text.ID{Agent: "e"}, text.ID{Agent: "l"}, text.ID{Agent: "r"}
		events := []struct {
			id      text.ID
			parents text.Version
			at      int
			r       string
			after   []int // earlier events of this list
		}{
			{end, nil, 0, "E", nil},
			{left, text.Version{end}, 0, "L", []int{0}},
			{right, text.Version{end}, 0, "R", []int{0}}, // right of L, which it has not seen
			{text.ID{Agent: agents[0]}, text.Version{left}, 1, "1", []int{1}},
			{text.ID{Agent: agents[1]}, text.Version{left, right}, 1, "2", []int{1, 2}},
		}
		for _, order := range permutations(len(events)) {
			var x text.Text
			come := map[int]bool{}
			for _, k := range order {
				for _, p := range events[k].after {
					if !come[p] {
						come = nil
						break
					}
				}
				if come == nil {
					break
				}
				come[k] = true
				d := &text.Delta{}
				if err := d.Insert(events[k].id, events[k].parents, events[k].at, events[k].r); err != nil {
					t.Fatal(err)
				}
				if _, err := x.Merge(d); err != nil {
					t.Fatal(err)
				}
			}
			if got := x.String(); come != nil && got != "L12RE" {
				t.Errorf("%v, in the order %v: %q", agents, order, got)
			}
		}
	}
}

// permutations of the numbers below n.
func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, p := range permutations(n - 1) {
		for at := range n {
			q := append(append(append([]int{}, p[:at]...), n-1), p[at:]...)
			all = append(all, q)
		}
	}
	return all
}
