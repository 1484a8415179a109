package position_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
	"pgregory.net/rapid"
)

// path names a position by the steps from the top, so that equal positions are
// equal strings.
func path(p position.Position) string {
	if p.IsZero() {
		return ""
	}
	up, onLeft := p.Parent()
	return fmt.Sprintf("%s %t %s %d", path(up), onLeft, p.Run(), p.Value())
}

// spelled is a list in which every number of every run is an element, whether
// or not somebody made it, in order.
type spelled struct {
	hung map[string][]position.Position // runs by the path of what they hang on, and the side
}

func spell(at []position.Position) []string {
	s := spelled{map[string][]position.Position{}}
	seen := map[string]bool{}
	for _, p := range at {
		for p = p.Along(0); !p.IsZero() && !seen[path(p)]; {
			seen[path(p)] = true
			up, onLeft := p.Parent()
			s.hung[key(up, onLeft)] = append(s.hung[key(up, onLeft)], p)
			if up.IsZero() {
				break
			}
			p = up.Along(0)
		}
	}
	var out []string
	for _, p := range s.children(position.Position{}, false) {
		s.walk(p, 0, &out)
	}
	return out
}

func key(up position.Position, onLeft bool) string {
	return fmt.Sprint(path(up), onLeft)
}

func (s spelled) children(p position.Position, onLeft bool) []position.Position {
	list := s.hung[key(p, onLeft)]
	slices.SortFunc(list, func(a, b position.Position) int { return a.Run().Compare(b.Run()) })
	return list
}

// walk writes the subtree of the element of p's run that is i steps out on its
// spine.
func (s spelled) walk(p position.Position, i int, out *[]string) {
	at := p
	counter := int64(p.Run().Counter)
	switch {
	case i < 0:
		at = p.Along(int64(i) - counter)
	case i > 0:
		at = p.Along(int64(i) + counter)
	}
	s.side(at, true, i <= 0, p, i-1, out)
	*out = append(*out, path(at))
	s.side(at, false, i >= 0, p, i+1, out)
}

// side writes what is on one side of an element: runs, and the rest of its own
// run among them.
func (s spelled) side(at position.Position, onLeft, rest bool, p position.Position, next int, out *[]string) {
	rest = rest && next >= -drawnValues && next <= drawnValues
	for _, x := range s.children(at, onLeft) {
		if rest && p.Run().Compare(x.Run()) <= 0 {
			s.walk(p, next, out)
			rest = false
		}
		s.walk(x, 0, out)
	}
	if rest {
		s.walk(p, next, out)
	}
}

// TestOrder compares Compare and Ranks with a tree that is spelled out, for
// positions that nobody could have made too.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := drawForged(t)
		want := map[string]int{}
		for i, p := range spell(at) {
			want[p] = i
		}
		ranks := position.Ranks(at)
		for i, p := range at {
			for k, q := range at {
				c := cmp.Compare(want[path(p)], want[path(q)])
				if got := position.Compare(p, q.Copy()); got != c {
					t.Fatalf("Compare(%s, %s) is %d", p, q, got)
				}
				if got := cmp.Compare(ranks[i], ranks[k]); got != c {
					t.Fatalf("%s has rank %d, and %s has rank %d", p, ranks[i], q, ranks[k])
				}
			}
		}
	})
}

// TestRanks leaves no rank out, and ends are before all elements.
func TestRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := append(drawPositions(t), position.Position{})
		at = rapid.Permutation(at).Draw(t, "order")
		ranks := position.Ranks(at)
		used := map[int]bool{}
		for i, p := range at {
			used[ranks[i]] = true
			if p.IsZero() != (ranks[i] == 0) {
				t.Fatalf("%v has rank %d", p, ranks[i])
			}
		}
		for i := range used {
			if i >= len(used) {
				t.Fatalf("rank %d of %d", i, len(used))
			}
		}
	})
}

// TestTable makes positions == that are the same.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table position.Table
		at := drawPositions(t)
		for _, p := range at {
			for _, q := range at {
				if a, b := table.Intern(p), table.Intern(q.Copy()); (a == b) != equal(p, q) || !equal(a, p) {
					t.Fatalf("%s and %s are %s and %s", p, q, a, b)
				}
			}
		}
	})
}
