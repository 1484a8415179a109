package node_test

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/node"
)

// TestChangesOfAPrefix: who watches a prefix hears of its keys, and of none before
// or behind them, also when a look does not end with them.
func TestChangesOfAPrefix(t *testing.T) {
	n := alone(t, node.Options{})
	for _, key := range []string{"a", "logs", "logs/1", "logs/2", "logs0", "logt", "z"} {
		put(t, n, "c/"+key, `1`)
	}
	var keys []string
	var last node.Token
	for c, err := range n.Changes(t.Context(), node.Token{}, node.WatchOptions{Collection: "c", Prefix: "logs/", Once: true}) {
		if err != nil {
			t.Fatal(err)
		}
		keys, last = append(keys, c.Key), c.Token
	}
	if want := []string{"logs/1", "logs/2"}; !slices.Equal(keys, want) {
		t.Errorf("heard of %v, want %v", keys, want)
	}
	put(t, n, "c/logs0", `2`)
	for c, err := range n.Changes(t.Context(), last, node.WatchOptions{Collection: "c", Prefix: "logs/", Once: true}) {
		t.Errorf("heard of %v, %v", c, err)
	}
}
