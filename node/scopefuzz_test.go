package node_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/node"
)

// FuzzParseScope: patterns, with a comma between two, are read as what reads the
// same again.
func FuzzParseScope(f *testing.F) {
	for _, s := range []string{"*", "a,b/x", "a?*/x/y", "a/", "a,a", "[a]", ""} {
		f.Add(s)
	}
	barrage.Fuzz(f, func(t *testing.T, s string) {
		patterns := strings.Split(s, ",")
		alloc.Bounded(t, len(s)+64*len(patterns), func() { _, _ = node.ParseScope(patterns) })
		got, err := node.ParseScope(patterns)
		if err != nil {
			if !errors.Is(err, node.ErrScope) {
				t.Fatal(err)
			}
			return
		}
		if again, err := node.ParseScope(got); err != nil || !slices.Equal(again, got) {
			t.Errorf("%q reads as %q, and that as %q, %v", s, got, again, err)
		}
	})
}
