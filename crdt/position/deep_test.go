package position_test

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
)

const many = 10_000

// grow makes a list of many elements by inserting each at one end; author says
// whose the i-th is.
func grow(atEnd bool, author func(i int) int) []position.Position {
	var at []position.Position
	var end position.Position
	for i := range many {
		id := position.ID{Replica: name(author(i)), Counter: uint64(i + 1)}
		if atEnd {
			end = position.Between(end, position.Position{}, id)
		} else {
			end = position.Between(position.Position{}, end, id)
		}
		at = append(at, end)
	}
	if !atEnd {
		slices.Reverse(at)
	}
	return at
}

func alone(int) int { return 0 }

func inTurn(i int) int { return i % 2 }

// elements are elements that are where they were inserted.
func elements(at []position.Position) (out []position.Element) {
	for _, p := range at {
		out = append(out, position.Element{Origin: p, Places: []position.Position{p}})
	}
	return out
}

// TestSizes says what positions cost: nothing in a run, some bytes if two
// replicas write in turn.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		what   string
		atEnd  bool
		author func(int) int
		most   float64 // bytes for each element
	}{
		{"appended by one", true, alone, 0.001},
		{"prepended by one", false, alone, 0.002},
		{"appended in turn", true, inTurn, 3.01},
		{"prepended in turn", false, inTurn, 7.1},
		{"appended in turns of ten", true, func(i int) int { return i / 10 % 2 }, 0.5},
	} {
		at := grow(c.atEnd, c.author)
		p := pack([][]position.Element{elements(at)})
		got := float64(len(p.bytes)) / many
		t.Logf("%s: %.4f bytes for each of %d elements", c.what, got, many)
		if got > c.most {
			t.Errorf("%s: %.4f bytes for each, at most %.4f are expected", c.what, got, c.most)
		}
		read, err := p.unpack()
		if err != nil {
			t.Fatal(err)
		}
		again := make([]position.Position, len(read))
		for i := range read {
			again[i] = read[i].Origin
		}
		for i, r := range position.Ranks(again) {
			if r != i {
				t.Fatalf("%s: the %d-th has rank %d", c.what, i, r)
			}
		}
		for i := range many / 100 {
			if a, b := again[i*100], at[i*100+7]; position.Compare(a, b) >= 0 || position.Compare(b, a) <= 0 {
				t.Fatalf("%s: %s is not before %s", c.what, a, b)
			}
		}
	}
}
