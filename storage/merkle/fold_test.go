package merkle_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// TestFold: what is computed from the documents alone, in one pass, is the root
// of the tree, also where nodes end because they are long.
func TestFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fixture{collection: "c", run: rapid.SampledFrom([]int{0, 2, 3, 5}).Draw(t, "longest")}
		want := map[string]merkle.Hash{}
		for n := range rapid.IntRange(0, 250).Draw(t, "documents") {
			key := rapid.SampledFrom(pool).Draw(t, "key")
			want[key] = f.set(key, n)
		}
		root, _ := naive(f, want)
		fold := merkle.NewFold("c").WithRun(f.run)
		for d, err := range f.tree().Documents.Scan("", "") {
			if err != nil || !fold.Add(d) {
				t.Fatalf("%q: not taken, %v", d.Key, err)
			}
			if fold.Add(d) {
				t.Fatalf("%q: taken twice", d.Key)
			}
		}
		if got, n := fold.Root(); got != root || n != uint64(len(want)) {
			t.Fatalf("root %x of %d documents, want %x of %d", got, n, root, len(want))
		}
	})
}
