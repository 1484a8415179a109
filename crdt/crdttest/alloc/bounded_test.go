package alloc_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
)

// recorder is a test that may fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func (r *recorder) Helper() {}

var kept []byte

func TestBounded(t *testing.T) {
	for _, c := range []struct {
		input, takes int
		fails        bool
	}{
		{0, 1000, false},
		{0, 3 << 20, true},
		{1 << 20, 12 << 20, false},
		{1 << 20, 20 << 20, true},
	} {
		r := &recorder{TB: t}
		alloc.Bounded(r, c.input, func() { kept = make([]byte, c.takes) })
		if r.failed != c.fails {
			t.Errorf("%d bytes that take %d: failed is %v", c.input, c.takes, r.failed)
		}
	}
}

func ExampleBounded() {
	t := &testing.T{}
	alloc.Bounded(t, 3, func() { _ = string([]byte{1, 2, 3}) })
}

// TestTogether: many are measured at once, by the one that may take least.
func TestTogether(t *testing.T) {
	r := &recorder{TB: t}
	for takes, within := range map[int]bool{1 << 19: true, 3 << 20: false} {
		took, allowed := alloc.Together(func() {
			alloc.BoundedOnce(r, 1<<20, func() { kept = make([]byte, takes) })
			alloc.Bounded(r, 0, func() {})
		})
		if (took <= allowed) != within || allowed != alloc.Extra || took < uint64(takes) {
			t.Errorf("%d bytes: took %d of %d", takes, took, allowed)
		}
	}
	if r.failed {
		t.Error("one was measured for itself")
	}
	if alloc.Bounded(r, 0, func() { kept = make([]byte, 3<<20) }); !r.failed {
		t.Error("it does not measure afterwards")
	}
}
