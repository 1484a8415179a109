package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// What is left is gone with all that was beside it, damaged or not, in as many
// commits as it takes, while others are written; what stays is untouched, and
// a drain brings back exactly what was dropped.
func TestLeaveAndComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		n := rapid.IntRange(0, 20).Draw(t, "documents")
		for i := range n {
			key := fmt.Sprintf("k%02d", i)
			a.write(t, "people", change{key: key, json: `{"x":1}`})
			switch rapid.IntRange(0, 5).Draw(t, "also") {
			case 0:
				b.write(t, "people", change{key: key, json: `{"x":2}`}) // a conflict
			case 1:
				a.write(t, "people", change{key: key, json: ``})
			case 2:
				a.write(t, "people", change{key: key, json: fmt.Sprintf(`{"x":"%06000d"}`, i)})
			}
		}
		a.pull(t, "people", b)
		b.pull(t, "people", a)
		if rapid.Bool().Draw(t, "hashed") {
			a.hash(t, "people")
		}
		if rapid.Bool().Draw(t, "damaged") {
			damage(t, a, "dpeople\x00k1", flip)
		}
		if rapid.Bool().Draw(t, "lost") {
			damage(t, a, "dpeople\x00k12", drop)
		}
		was, left := a.Replica(), []crdt.Range{{From: "k1", To: "k3"}}
		if rapid.Bool().Draw(t, "all") {
			left = []crdt.Range{{}}
		}
		leaveRanges(t, a, left)
		if wrote := n > 0; wrote != (a.Replica() != was) {
			t.Fatalf("new incarnation: %v", a.Replica() != was)
		}
		if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("at the end: %v %v", found, err)
		}
		if left[0].To == "" {
			for _, item := range dump(t, a.store) {
				if strings.ContainsRune("dipx", rune(item.Key[0])) {
					t.Fatalf("left %q", item.Key)
				}
			}
		}
		a.pull(t, "people", b)
		b.pull(t, "people", a)
		a.hash(t, "people")
		b.hash(t, "people")
		if a.root(t, "people") != b.root(t, "people") {
			t.Fatal("back again, but the roots differ")
		}
		if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("back again: %v %v", found, err)
		}
	})
}

// leaveRanges leaves some keys and drops them in steps; between them documents
// of other keys are written and hashed.
func leaveRanges(t *rapid.T, n *node, left []crdt.Range) {
	t.Helper()
	if err := n.Update(func(b *storage.Batch) error { return b.Leave("people", left) }); err != nil {
		t.Fatal(err)
	}
	replica := n.Replica()
	for _, r := range left {
		for from, more := r.From, true; more; {
			limit := rapid.IntRange(1, 12).Draw(t, "limit")
			err := n.Update(func(b *storage.Batch) (err error) {
				dropped := 0
				from, dropped, err = b.Drop("people", from, r.To, limit)
				more = dropped == limit
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "hashes") {
				_ = n.Update(func(b *storage.Batch) error { _, err := b.HashTree("people", 1); return err })
			}
			if left[0].To != "" && rapid.Bool().Draw(t, "writes") {
				n.write(t, "people", change{key: "other", json: fmt.Sprint(uint64(n.clock))})
			}
		}
	}
	v, err := n.View("people")
	if err != nil {
		t.Fatal(err)
	}
	strays, err := v.Strays(left, 1000)
	if err = errors.Join(err, v.Close()); err != nil {
		t.Fatal(err)
	}
	err = n.Update(func(b *storage.Batch) error { return b.DropStrays("people", strays) })
	if err != nil || n.Replica() != replica {
		t.Fatal(err, n.Replica())
	}
}

// TestScopeIsKept: it is there after the store was opened again.
func TestScopeIsKept(t *testing.T) {
	a := newNode(t, 'a')
	if _, ok, err := a.Scope(); ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.SetScope([]byte("config,logs/2026-")) }); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a.open(t, storage.Options{})
	if got, ok, err := a.Scope(); !ok || err != nil || string(got) != "config,logs/2026-" {
		t.Fatalf("%q %v %v", got, ok, err)
	}
}
