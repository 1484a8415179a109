package process

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// TestEach does all of it once, however many there are.
func TestEach(t *testing.T) {
	for _, n := range []int64{0, 1, 100} {
		var sum atomic.Int64
		all := make([]int64, n)
		for i := range all {
			all[i] = int64(i)
		}
		Each(all, func(x int64) { sum.Add(x) })
		if sum.Load() != n*(n-1)/2 {
			t.Errorf("%d of them sum up to %d", n, sum.Load())
		}
	}
}

// TestRoot finds the repository from below, and nothing from elsewhere.
func TestRoot(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	if here, err := filepath.Abs("../.."); err != nil || here != root {
		t.Errorf("%s, not %s: %v", root, here, err)
	}
	t.Chdir(t.TempDir())
	if root, err := Root(); !errors.Is(err, ErrNoRoot) {
		t.Errorf("%s, %v", root, err)
	}
}
