package storage_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// TestSalvageBehindAPart: of one transaction only a part is left, or nothing. What can be read of the documents
// that it and those behind it have written is taken over with what was known of them then, also where it is the state that is
// lost: together with a peer the store ends with what these documents were, and nothing that they had replaced is back.
func TestSalvageBehindAPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := &logged{node: newNode(t, 'a')}, newNode(t, 'b')
		for range rapid.IntRange(0, 10).Draw(t, "before") {
			step(t, a.node, b)
		}
		a.front(t)
		partial, whole := rapid.IntRange(0, 4).Draw(t, "which"), map[string]bool{}
		for n := range rapid.IntRange(1, 8).Draw(t, "behind") {
			step(t, a.node, b)
			tx := a.keep(t)
			written := documentsOf(tx)
			if n == partial && len(tx) > 0 {
				leaveOut(t, tx)
				a.txs = append(a.txs, storage.Transaction{}) // says so
			}
			for _, key := range written {
				whole[key] = tx["dpeople\x00"+key] != nil
			}
		}
		if !a.prefix.behind(t, a.txs, a.numbers(t)) {
			return // who has written it, or that it is true, is told by nothing else
		}
		b2 := &node{store: b.store.Kill(), name: 'b', rand: b.rand}
		b2.open(t, storage.Options{})
		for _, pair := range [][2]*node{{a.node, b}, {a.prefix, b2}} {
			pair[0].pull(t, "people", pair[1])
			pair[1].pull(t, "people", pair[0])
		}
		want := b.dotsOf(t, "people")
		for who, n := range map[string]*node{"a": a.prefix, "b": b2} {
			got := n.dotsOf(t, "people")
			maps.DeleteFunc(got, func(key string, _ []crdt.Dot) bool { return !whole[key] })
			for key, dots := range got {
				if !slices.Equal(dots, want[key]) {
					t.Fatalf("%s holds %s with %v, want %v", who, key, dots, want[key])
				}
			}
		}
	})
}

// documentsOf are the keys of people of which a transaction has written the records.
func documentsOf(tx storage.Transaction) (keys []string) {
	for _, r := range storage.DocumentsOf([]storage.Transaction{tx})["people"] {
		keys = append(keys, r.From)
	}
	return keys
}

// leaveOut takes keys out of a transaction.
func leaveOut(t *rapid.T, tx storage.Transaction) {
	for _, key := range slices.Sorted(maps.Keys(tx)) {
		if rapid.IntRange(0, 2).Draw(t, "lost") == 0 {
			delete(tx, key)
		}
	}
}
