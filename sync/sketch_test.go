package antientropy

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSketchTellsSetsApart checks that what only one side has is found from
// enough cells, and never anything else.
func TestSketchTellsSetsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := newElements(sha256.Sum256(rapid.SliceOf(rapid.Byte()).Draw(t, "key")))
		set := func(name string, most int) (all []element) {
			for i := range rapid.IntRange(0, most).Draw(t, name) {
				all = append(all, e.of(fmt.Sprintf("%s%d", name, i), [32]byte{}))
			}
			return all
		}
		both, mine, theirs := set("both", 500), set("mine", 60), set("theirs", 60)
		a, b := slices.Concat(both, mine), slices.Concat(theirs, both)
		slices.Sort(mine)
		for n := 1; ; n = n*3/2 + 1 {
			cells, err := cutCells(appendCells(nil, e.cells(b, 0, n)), len(b))
			if err != nil {
				t.Fatal(err)
			}
			if parts := slices.Concat(e.cells(b, 0, n/2), e.cells(b, n/2, n)); !slices.Equal(parts, cells) {
				t.Fatal("cells in two parts are others")
			}
			only, ok := e.tell(a, cells)
			if !ok {
				if n > 8*(len(mine)+len(theirs))+64 {
					t.Fatalf("%d cells do not tell %d elements", n, len(mine)+len(theirs))
				}
				continue
			}
			slices.Sort(only)
			if !slices.Equal(only, mine) {
				t.Fatalf("found %d elements of %d", len(only), len(mine))
			}
			return
		}
	})
}

// TestCellsPerDifference measures how many cells a difference takes.
func TestCellsPerDifference(t *testing.T) {
	e := newElements(sha256.Sum256([]byte("cells")))
	for _, d := range []int{10, 100, 1000} {
		var a, b []element
		for i := range 20_000 {
			x := e.of(fmt.Sprint(i), [32]byte{})
			if i >= d/2 {
				a = append(a, x)
			}
			if i < 20_000-d/2 {
				b = append(b, x)
			}
		}
		n := d
		for ; ; n += max(d/50, 1) {
			if _, ok := e.tell(a, e.cells(b, 0, n)); ok {
				break
			}
		}
		t.Logf("%d differences: %d cells", d, n)
		if n > 2*d+10 {
			t.Errorf("%d differences took %d cells", d, n)
		}
	}
}

// TestNobodyLiesByChance: as many cells as a comparison may take tell a few documents apart, whatever their elements are: some of
// these have all their cells in common below a hundred.
func TestNobodyLiesByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	e := elements{seed: r.Uint64()}
	late := 0
	for range 20_000 {
		set := make([]element, 10)
		for i := range set {
			set[i] = element(r.Uint64())
		}
		n, told := leastCells, false
		for ; !told && n <= mostCells(len(set)); n *= 2 {
			_, told = e.tell(nil, e.cells(set, 0, n))
		}
		if !told {
			t.Errorf("%x: not told", set)
		}
		if _, soon := e.tell(nil, e.cells(set, 0, 4*len(set)+64)); !soon {
			late++
		}
	}
	t.Logf("104 cells did not tell %d of them", late)
	if late == 0 {
		t.Error("no set took many cells")
	}
}
