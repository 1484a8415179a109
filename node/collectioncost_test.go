package node_test

import (
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/internal/bubble"
)

// TestWhatACollectionCosts bounds the memory of one collection of one document:
// in a node, the store apart, and in a session at rest.
func TestWhatACollectionCosts(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		const collections = 1000
		w := newWorld(t)
		live := func() int64 {
			bubble.Wait()
			runtime.GC()
			return int64(memory().HeapAlloc)
		}
		start := live()
		a := w.filled("a", collections)
		held := live()
		b := w.filled("b", collections) // other writers of the same collections
		other := live()
		w.join(a, b)
		w.converge(a, b)
		met := live()
		node, session := (held-start)/collections, (met-other)/collections/2
		t.Logf("%d B a collection in a node and its store in memory, %d B in each of the two sides of a session, the peer's documents included", node, session)
		if node > 16<<10 || session > 16<<10 {
			t.Errorf("%d and %d B a collection", node, session)
		}
		w.close(a, b)
	})
}
