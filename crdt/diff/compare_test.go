package diff_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/diff"
	"pgregory.net/rapid"
)

// apply makes b of a by the hunks, and checks that they are in order, apart
// from each other, and that what lies between is equal.
func apply(t rapid.TB, a, b []int32, hunks []diff.Hunk) {
	t.Helper()
	at, from := 0, 0
	for i, h := range hunks {
		switch {
		case h.Deleted < 0 || h.Inserted < 0 || h.Deleted+h.Inserted == 0:
			t.Fatalf("hunk %d of %v is empty", i, hunks)
		case h.At-at != h.From-from || h.At < at || i > 0 && h.At == at:
			t.Fatalf("hunk %d of %v does not follow the one before", i, hunks)
		case !slices.Equal(a[at:h.At], b[from:h.From]):
			t.Fatalf("before hunk %d of %v the two are not equal", i, hunks)
		}
		at, from = h.At+h.Deleted, h.From+h.Inserted
	}
	if !slices.Equal(a[at:], b[from:]) {
		t.Fatalf("after %v the two are not equal", hunks)
	}
}

func edits(hunks []diff.Hunk) (n int) {
	for _, h := range hunks {
		n += h.Deleted + h.Inserted
	}
	return n
}

// common is the length of the longest common subsequence, by the table that
// every textbook has.
func common(a, b []int32) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row[len(b)]
}

// TestFewestEdits compares with the table; few letters make many ties.
func TestFewestEdits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.Int32Range(0, rapid.Int32Range(0, 8).Draw(t, "letters"))
		a := rapid.SliceOfN(letters, 0, 40).Draw(t, "a")
		b := rapid.SliceOfN(letters, 0, 40).Draw(t, "b")
		hunks := diff.Compare(a, b, diff.Work)
		apply(t, a, b, hunks)
		if want := len(a) + len(b) - 2*common(a, b); edits(hunks) != want {
			t.Fatalf("%v to %v: %v are %d edits, %d are enough", a, b, hunks, edits(hunks), want)
		}
	})
}

// TestLittleWork is right, though not short, however little is allowed.
func TestLittleWork(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.Int32Range(0, 3)
		a := rapid.SliceOfN(letters, 0, 60).Draw(t, "a")
		b := rapid.SliceOfN(letters, 0, 60).Draw(t, "b")
		work := rapid.IntRange(-1, 200).Draw(t, "work")
		hunks := diff.Compare(a, b, work)
		apply(t, a, b, hunks)
		if again := diff.Compare(a, b, work); !slices.Equal(hunks, again) {
			t.Fatalf("%v, then %v", hunks, again)
		}
	})
}

// TestCoarse joins what only letters in common hold apart, and nothing else.
func TestCoarse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.Int32Range(0, 4)
		a := rapid.SliceOfN(letters, 0, 40).Draw(t, "a")
		b := rapid.SliceOfN(letters, 0, 40).Draw(t, "b")
		gap := rapid.IntRange(0, 4).Draw(t, "gap")
		fine := diff.Compare(a, b, diff.Work)
		coarse := diff.Coarse(slices.Clone(fine), gap)
		apply(t, a, b, coarse)
		for i := 1; i < len(coarse); i++ {
			x, y := coarse[i-1], coarse[i]
			between := y.At - x.At - x.Deleted
			if between <= gap && between < max(x.Deleted, x.Inserted) && between < max(y.Deleted, y.Inserted) {
				t.Fatalf("%v are not joined", coarse)
			}
		}
		if gap == 0 && !slices.Equal(fine, coarse) {
			t.Fatalf("%v became %v", fine, coarse)
		}
	})
}

// sequence is n letters out of many or few.
func sequence(seed uint64, n int, letters int32) []int32 {
	r := rand.New(rand.NewPCG(seed, 1))
	s := make([]int32, n)
	for i := range s {
		s[i] = r.Int32N(letters)
	}
	return s
}

// TestBeyondReach compares sequences whose ends are too far apart to meet.
func TestBeyondReach(t *testing.T) {
	for _, letters := range []int32{2, 30, 1 << 30} {
		a := sequence(1, 20_000, letters)
		for name, b := range map[string][]int32{
			"unrelated": sequence(2, 20_000, letters), "shorter": sequence(3, 500, letters), "longer": sequence(4, 50_000, letters),
			"reversed": reversed(a),
		} {
			hunks := diff.Compare(a, b, diff.Work)
			apply(t, a, b, hunks)
			t.Logf("%d letters, %s: %d hunks, %d edits", letters, name, len(hunks), edits(hunks))
		}
	}
}

// TestManyEdits finds edits all over a long sequence, which together are far
// more than one search reaches, as well as those who made them.
func TestManyEdits(t *testing.T) {
	a := sequence(1, 200_000, 1<<20)
	b := slices.Clone(a)
	for i := 50; i < len(b); i += 100 {
		b[i] = -1
	}
	hunks := diff.Compare(a, b, diff.Work)
	apply(t, a, b, hunks)
	if edits(hunks) != 4000 {
		t.Errorf("%d edits, not 4000", edits(hunks))
	}
}

// BenchmarkUnrelated is the worst: 1 Mi elements each, nothing in common but
// the letters.
func BenchmarkUnrelated(b *testing.B) {
	for name, letters := range map[string]int32{"2": 2, "30": 30, "all": 1 << 30} {
		x, y := sequence(1, 1<<20, letters), sequence(2, 1<<20, letters)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				diff.Compare(x, y, diff.Work)
			}
		})
	}
}

// BenchmarkOneEdit is the most common.
func BenchmarkOneEdit(b *testing.B) {
	x := sequence(1, 1<<20, 30)
	y := slices.Insert(slices.Clone(x), 1<<19, -1)
	for b.Loop() {
		diff.Compare(x, y, diff.Work)
	}
}

func reversed(a []int32) []int32 {
	b := slices.Clone(a)
	slices.Reverse(b)
	return b
}
