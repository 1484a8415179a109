package node_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// TestUnsentWhileCollectionsCome: a collection that comes while it is counted is no damage.
func TestUnsentWhileCollectionsCome(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.open("n", node.Options{})
		defer w.close(n)
		written := make(chan struct{})
		go func() {
			defer close(written)
			for i := range 150 {
				if _, err := n.Collection(fmt.Sprintf("c%d", i)).Put(t.Context(), "k", []byte(`1`), node.PutOptions{}); err != nil {
					t.Error(err)
				}
			}
		}()
		defer func() { <-written }()
		for more := true; more; {
			select {
			case <-written:
				more = false
			default:
			}
			if st, err := n.Status(t.Context()); err != nil || st.Unsent == nil {
				t.Error("cannot be told", err)
				break
			}
		}
	})
}
