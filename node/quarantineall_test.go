package node_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
)

// TestReleaseAll: what came of each is said: of what was here, of what one peer is asked for at
// once, though it begins anew with the first, and of what cannot be taken.
func TestReleaseAll(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
		w.join(a, b)
		defer w.close(a, b)
		put(t, b, "c/k", `1`)
		w.converge(a, b)
		fill := func() {
			t.Helper()
			for i := range 3 {
				ok(t, node.Keep(t.Context(), a, node.Quarantined{Kind: storage.QuarantinedMessage, Origin: "b", Raw: fmt.Append(nil, "nonsense", i), Reason: "garbage"}))
			}
			ok(t, node.Keep(t.Context(), a,
				node.Quarantined{Kind: storage.QuarantinedDocument, Origin: "b", Collection: "c", Key: "k", Raw: seen(t, b, "k").Canonical(), Reason: "why"},
				node.Quarantined{Kind: storage.QuarantinedRaw, Collection: "c", Key: "gone", Raw: []byte("nonsense"), Reason: "damaged"}))
		}
		release := func(patience time.Duration) (text string) {
			t.Helper()
			all, err := a.ReleaseAll(t.Context(), patience)
			ok(t, err)
			for _, r := range all {
				if (r.Why == "") != (r.Outcome == node.CameBack) {
					t.Errorf("%s is %s: %q", r.Kind, r.Outcome, r.Why)
				}
				text += " " + string(r.Outcome)
			}
			return strings.TrimSpace(text)
		}
		fill()
		if got := release(0); got != "asked asked asked back refused" {
			t.Errorf("without waiting: %s", got)
		}
		w.converge(a, b)
		fill() // what is damaged is kept once
		if got := release(time.Minute); got != "refused back back back back" {
			t.Errorf("with waiting: %s", got)
		}
		if left := inQuarantine(t, a); len(left) != 1 {
			t.Errorf("left: %+v", left)
		}
	})
}

// TestDropAll drops more than go into one commit.
func TestDropAll(t *testing.T) {
	a := alone(t, node.Options{})
	var all []node.Quarantined
	for i := range 1100 {
		all = append(all, node.Quarantined{Kind: storage.QuarantinedRaw, Collection: "c", Key: fmt.Sprint(i), Raw: []byte("x")})
	}
	ok(t, node.Keep(t.Context(), a, all...))
	for _, want := range []int{1100, 0} {
		if n, err := a.DropAllQuarantined(t.Context()); err != nil || n != want {
			t.Errorf("%d dropped, want %d: %v", n, want, err)
		}
	}
	if left := inQuarantine(t, a); len(left) > 0 {
		t.Errorf("%d are left", len(left))
	}
}
