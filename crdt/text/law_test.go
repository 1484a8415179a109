package text_test

import (
	"bytes"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// TestMergeOrders merges random histories in any causal order, grouping and
// repetition: the text is the oracle's, and bytes depend on the events alone.
func TestMergeOrders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, 12)
		want := h.oracle.show(h.all())
		var canonical []byte
		for round := range 4 {
			var x text.Text
			for _, k := range shuffled(h.updates, round) {
				if _, err := x.Merge(h.updates[k].delta); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
			if got := x.String(); got != want {
				t.Fatalf("round %d: %q, want %q", round, got, want)
			}
			if b := x.AppendCanonical(nil); canonical == nil {
				canonical = b
			} else if !bytes.Equal(b, canonical) {
				t.Fatalf("round %d: other canonical bytes", round)
			}
		}
	})
}
