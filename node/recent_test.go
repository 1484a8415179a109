package node

import (
	"fmt"
	"strings"
	"testing"
)

// written puts a string of n bytes and returns the body.
func written(t *testing.T, n *Node, key string, size, i int) []byte {
	t.Helper()
	body := fmt.Appendf(nil, `"%d %s"`, i, strings.Repeat("x", size))
	w, err := n.Collection("c").Put(t.Context(), key, body, PutOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return w.Document.Canonical()
}

// TestDecodedDocuments: the last version of a large document is at hand
// decoded, and found by nothing but its own bytes.
func TestDecodedDocuments(t *testing.T) {
	n, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	hand := func(key string, body []byte) bool {
		a, err := n.recent.decode("c", key, body)
		if err != nil || string(a.Canonical()) != string(body) {
			t.Fatalf("another document, %v", err)
		}
		b, err := n.recent.decode("c", key, append([]byte(nil), body...))
		return err == nil && a == b
	}
	small, first := written(t, n, "small", 100, 0), written(t, n, "k", 8<<10, 1)
	if hand("small", small) || !hand("k", first) || hand("other", first) {
		t.Error("not exactly the large one is at hand")
	}
	second := written(t, n, "k", 8<<10, 2)
	if hand("k", first) || !hand("k", second) {
		t.Error("not exactly the last version is at hand")
	}
	for i := range 3 {
		written(t, n, fmt.Sprint(i), 900<<10, i)
	}
	if hand("k", second) || n.recent.trees.weight > maxDecodedBytes {
		t.Errorf("%d bytes are at hand decoded", n.recent.trees.weight)
	}
	for i := range 100 {
		written(t, n, fmt.Sprint(i), 5<<10, i)
	}
	if all := n.recent.trees.recent.Len(); all != maxDecoded {
		t.Errorf("%d documents are at hand decoded, want %d", all, maxDecoded)
	}
	if _, err := n.recent.decode("c", "k", []byte(strings.Repeat("no document", 1000))); err == nil {
		t.Error("what is no document was decoded")
	}
	if d, err := n.recent.decode("c", "k", nil); err != nil || !d.IsEmpty() {
		t.Error("no bytes are not the absent document")
	}
}

// TestLRUCountsWeights: replacing counts once, what is too heavy is not kept
// and what it replaces is gone.
func TestLRUCountsWeights(t *testing.T) {
	m := newLRU[string](3, 10, func(s string) int { return len(s) })
	for _, step := range []struct {
		put, value, want string
	}{
		{"a", "1234", "a"}, {"b", "1234", "a b"}, {"a", "12", "b a"}, {"c", "1234", "b a c"},
		{"d", "", "a c d"}, {"e", "12345", "c d e"}, {"f", "123456", "f"}, {"e", "12345678901", "f"},
		{"f", "0123456789", "f"}, {"g", "1", "g"},
	} {
		m.put(step.put, step.value)
		keys, weight := m.recent.Keys(), 0
		for _, v := range m.recent.Values() {
			weight += len(v)
		}
		if got := strings.Join(keys, " "); strings.Trim(got, " ") != step.want || weight != m.weight {
			t.Errorf("after %s: %s of weight %d (%d), want %s", step.put, got, m.weight, weight, step.want)
		}
	}
	if v, ok := m.get("f"); ok || v != "" {
		t.Error("what was forgotten is found")
	}
}
