package node_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
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

// TestReleaseAllOfOneDocument: what stays in quarantine of a document says nothing of what a peer was
// asked for of the same.
func TestReleaseAllOfOneDocument(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
		w.join(a, b)
		defer w.close(a, b)
		put(t, b, "c/k", `1`)
		sent := node.Quarantined{Kind: storage.QuarantinedDocument, Origin: "b", Collection: "c", Key: "k", Raw: seen(t, b, "k").Canonical(), Reason: "why"}
		put(t, b, "c/k", `2`)
		w.converge(a, b)
		bad := sent
		bad.Raw = []byte("nonsense")
		ok(t, node.Keep(t.Context(), a, sent, bad))
		all, err := a.ReleaseAll(t.Context(), time.Minute)
		ok(t, err)
		if len(all) != 2 || all[0].Outcome != node.CameBack || all[1].Outcome != node.RefusedAgain {
			t.Errorf("released: %+v", all)
		}
	})
}

// TestReleaseAllBehindAnOpening: what is refused again has another number, also behind an opening, and is told.
func TestReleaseAllBehindAnOpening(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk, device := newWorld(t), store.New(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		a, b := w.open("a", node.Options{Store: disk, Device: device}), w.open("b", node.Options{})
		message := node.Quarantined{Kind: storage.QuarantinedMessage, Origin: "b", Raw: []byte("nonsense"), Reason: "garbage"}
		ok(t, node.Keep(t.Context(), a, message))
		w.close(a)
		disk = disk.Kill()
		a = w.open("a", node.Options{Store: disk, Device: device})
		w.join(a, b)
		defer w.close(a, b)
		put(t, b, "c/k", `1`)
		w.converge(a, b)
		kept := make(chan error)
		go func() {
			time.Sleep(time.Millisecond) // it was dropped, and comes again
			kept <- node.Keep(t.Context(), a, message)
		}()
		all, err := a.ReleaseAll(t.Context(), time.Minute)
		ok(t, err)
		ok(t, <-kept)
		if left := inQuarantine(t, a); len(left) != 1 || len(all) != 1 || left[0].ID != all[0].ID+1 || all[0].Outcome != node.RefusedAgain {
			t.Errorf("released: %+v; left: %+v", all, left)
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
