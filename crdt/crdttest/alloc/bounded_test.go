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
