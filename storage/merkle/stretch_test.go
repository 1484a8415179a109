package merkle_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// TestScattered changes documents all over a tree of hundreds of leaves, near
// each other and far apart, and rehashes in calls of few and of many leaves.
func TestScattered(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := &fixture{collection: "c"}
	want := map[string]merkle.Hash{}
	n := 0
	for _, limit := range []int{1 << 20, 2, 3, 64, 64, 2, 7, 1 << 20, 64, 64, 64, 64} {
		dirty := map[string]bool{}
		low, near := r.IntN(4000), 1+r.IntN(4000)
		for range 1 + r.IntN(1500) {
			n++
			key := fmt.Sprintf("%04d", (low+r.IntN(near))%4000)
			if dirty[key] = true; r.IntN(3) == 0 || r.IntN(2) == 0 && merkle.Level("c", key) >= 0 {
				f.documents.delete(key)
				delete(want, key)
			} else {
				want[key] = f.set(key, n)
			}
		}
		for batch := slices.Sorted(maps.Keys(dirty)); len(batch) > 0; {
			done, err := f.tree().Rehash(batch, limit)
			if err != nil || done == 0 {
				t.Fatalf("rehash: %d of %d keys: %v", done, len(batch), err)
			}
			batch = batch[done:]
		}
		root, records := naive(f, want)
		if got, _, err := f.walk().Root(); err != nil || got.Hash != root || !slices.Equal(f.records(), records) {
			t.Fatalf("after %d changes, %d leaves a call: another tree than that of the documents: %v", n, limit, err)
		}
	}
}
