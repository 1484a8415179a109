package node_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// prose is a text of n bytes with lines.
func prose(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d of something that somebody wrote some time ago\n", i)
	}
	return b.String()[:n]
}

// BenchmarkKeystroke types into a text of which somebody has typed a part, as
// an editor does: an operation for each key, at one place that sometimes
// changes.
func BenchmarkKeystroke(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 256 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			n := alone(b, node.Options{Dir: b.TempDir(), Durability: node.Relaxed})
			c := n.Collection("c")
			put(b, n, "c/k", fmt.Sprintf(`{"t":{"$text":%q}}`, prose(size)))
			path, err := crdt.ParsePointer("/t")
			if err != nil {
				b.Fatal(err)
			}
			at := size / 2
			b.ResetTimer()
			for i := range b.N {
				if i%50 == 49 {
					at = (at*7 + 13) % size
				}
				at++
				op := crdt.Op{Op: "insert", Path: path, At: at - 1, Text: "x"}
				if _, err := c.Apply(b.Context(), "k", []crdt.Op{op}, node.PutOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestTypingBetweenMerges: two nodes type into one large text and merge in
// between; what is kept decoded on either is never an older one.
func TestTypingBetweenMerges(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		defer w.close(n...)
		text := prose(64 << 10)
		put(t, n[0], "c/k", fmt.Sprintf(`{"t":{"$text":%q}}`, text))
		w.converge(n...)
		for i := range 40 {
			one := n[i/3%2] // three in turn, on either
			_, err := one.Collection("c").EditText(t.Context(), "k", "/t", func(e *node.TextEdit) error {
				return e.Insert(e.Len()-i, "x")
			}, node.PutOptions{})
			if err != nil {
				t.Fatal(err)
			}
			text = text[:len(text)-i] + "x" + text[len(text)-i:]
			w.converge(n...)
		}
		for _, n := range n {
			if show(t, n, "c/k") != fmt.Sprintf(`{"t":%q}`, text) {
				t.Errorf("%s shows another text", n.Name())
			}
		}
	})
}
