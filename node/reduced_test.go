package node_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// typeAt inserts s into the text at /t of c/k.
func typeAt(t *testing.T, n *node.Node, at int, s string) {
	t.Helper()
	_, err := n.Collection("c").EditText(t.Context(), "k", "/t", func(e *node.TextEdit) error {
		return e.Insert(min(at, e.Len()), s)
	}, node.PutOptions{})
	if err != nil {
		t.Fatalf("%s: %v", n.Name(), err)
	}
}

// sent is what all nodes together have put on the wire.
func sent(t *testing.T, nodes ...*node.Node) (bytes int64) {
	t.Helper()
	for _, n := range nodes {
		s, err := n.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		bytes += s.Traffic.BytesSent
	}
	return bytes
}

// until waits until all nodes show the same of c/k.
func until(t *testing.T, nodes ...*node.Node) {
	t.Helper()
	for range 1000 {
		want, same := show(t, nodes[0], "c/k"), true
		for _, n := range nodes[1:] {
			same = same && show(t, n, "c/k") == want
		}
		if same {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the nodes still hold different texts")
}

// TestTypingTravelsLight: two nodes type in one text of 256 KiB, in turn and at
// once, and what goes over the wire is the keystrokes. After they were apart
// and both typed on, only that is exchanged, and both hold the same.
func TestTypingTravelsLight(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.mesh("a", "b")
		defer w.close(nodes...)
		a, b := nodes[0], nodes[1]
		put(t, a, "c/k", fmt.Sprintf(`{"t":{"$text":%q}}`, prose(256<<10)))
		w.converge(a, b)

		const keystrokes = 40
		before := sent(t, a, b)
		for i := range keystrokes {
			typeAt(t, nodes[i%2], 100_000+i, "x")
			until(t, a, b)
		}
		perKey := (sent(t, a, b) - before) / keystrokes
		t.Logf("in turn: %d bytes for each keystroke, acknowledgement included", perKey)
		if perKey > 600 {
			t.Errorf("%d bytes on the wire for each keystroke", perKey)
		}

		before = sent(t, a, b)
		for i := range keystrokes {
			typeAt(t, a, 100_000+i, "y")
			typeAt(t, b, 200_000+i, "z")
		}
		until(t, a, b)
		both := (sent(t, a, b) - before) / (2 * keystrokes)
		t.Logf("at once: %d bytes for each keystroke", both)
		if both > 600 {
			t.Errorf("%d bytes on the wire for each of many keystrokes at once", both)
		}
		w.converge(a, b)

		w.Partition([]string{"a"}, []string{"b"})
		for i := range 200 {
			typeAt(t, a, 50_000+i, "p")
			typeAt(t, b, 50_000+2*i, "q")
		}
		before = sent(t, a, b)
		w.Heal()
		w.converge(a, b)
		n := sent(t, a, b) - before
		t.Logf("after a partition with 2 × 200 keystrokes: %d bytes", n)
		if n > 20<<10 {
			t.Errorf("%d bytes after a partition with 2 × 200 keystrokes", n)
		}
		if text := show(t, a, "c/k"); strings.Count(text, "p") < 200 || text != show(t, b, "c/k") {
			t.Error("keystrokes are lost")
		}
	})
}

// TestRemovedTextComesWhole: a node that removed a text while another typed
// in it holds nothing that the keystrokes could build on, and gets the text
// whole.
func TestRemovedTextComesWhole(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.mesh("a", "b", "c")
		defer w.close(nodes...)
		a, b := nodes[0], nodes[1]
		put(t, a, "c/k", fmt.Sprintf(`{"t":{"$text":%q}}`, prose(20<<10)))
		put(t, a, "c/other", `{"n":1}`)
		w.converge(nodes...)
		w.Partition([]string{"a"}, []string{"b"}, []string{"c"})
		del(t, b, "c/k")
		for i := range 5 {
			typeAt(t, a, 10_000+i, "x")
		}
		put(t, a, "c/other", `{"n":2}`)
		w.Heal()
		w.converge(nodes...)
		text := show(t, b, "c/k")
		if n := strings.Count(text, "xxxxx"); n != 1 || !strings.Contains(text, "line 7 of something") {
			t.Errorf("%d bytes of the text are at b, what was typed is there %d times", len(text), n)
		}
		if got := show(t, b, "c/other"); got != `{"n":2}` {
			t.Errorf("c/other: %s", got)
		}
		before := sent(t, nodes...)
		typeAt(t, b, 3, "y")
		w.converge(nodes...)
		t.Logf("one more keystroke, to two peers: %d bytes", sent(t, nodes...)-before)
	})
}
