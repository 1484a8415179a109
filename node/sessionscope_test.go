package node_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// TestSessionOfAPartialScope: what a node that holds a prefix has written is read
// anywhere within it; of other keys nobody else knows that there is none of it, and
// the error says so.
func TestSessionOfAPartialScope(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{Collections: []string{"c/a"}}), w.open("b", node.Options{})
		w.join(b, a)
		defer w.close(a, b)
		put(t, b, "c/z", `0`)
		s := a.ClientSession(node.SessionToken{})
		putIn(t, s, "c", "a1", `1`)
		if err := a.WaitConverged(t.Context(), node.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		at := moved(t, s, b)
		if _, err := at.Get(shortly(t), "c", "a1"); err != nil {
			t.Errorf("in the prefix: %v", err)
		}
		_, err := at.Get(shortly(t), "c", "z")
		var missing *node.SessionError
		if !errors.As(err, &missing) || len(missing.Missing) != 1 || !missing.Missing[0].OfOtherKeys ||
			!strings.Contains(err.Error(), "all of other keys") {
			t.Errorf("outside: %v", err)
		}
	})
}
