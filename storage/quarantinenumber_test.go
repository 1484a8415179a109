package storage_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestNumbersAreUsedOnce: what had a number of the quarantine is gone, the store is stopped or killed, also
// in the middle of putting something there, and the number is never given again.
func TestNumbersAreUsedOnce(t *testing.T) {
	n := newNode(t, 'a')
	used := map[uint64]bool{}
	give := func(raw []byte, when string) {
		t.Helper()
		id, _ := keep(t, n, storage.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: raw})
		if used[id] {
			t.Errorf("%s: number %d is used again", when, id)
		}
		used[id] = true
		if err := n.Update(func(b *storage.Batch) error { return b.DropQuarantined(id) }); err != nil {
			t.Fatal(err)
		}
	}
	reopen := func() {
		t.Helper()
		n.store = n.store.Kill()
		n.open(t, storage.Options{})
	}
	give([]byte("a"), "first")
	reopen()
	give([]byte("b"), "killed")
	cut, large := errors.New("cut"), bytes.Repeat([]byte("x"), 1<<20)
	for commits := range 6 { // of number, pieces, and what is said of them
		left := commits
		_, _, err := n.Keep(func(fn func(*storage.Batch) error) error {
			if left--; left < 0 {
				return cut
			}
			return n.Update(fn)
		}, storage.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: "k", Raw: large})
		if !errors.Is(err, cut) {
			t.Fatalf("after %d commits: %v", commits, err)
		}
		reopen()
		give([]byte{byte(commits)}, "cut")
		if all, err := n.Quarantine(); err != nil || len(all) > 0 {
			t.Errorf("cut after %d commits: there is %v, %v", commits, all, err)
		}
		for _, item := range dump(t, n.store) {
			if item.Key[0] == 'q' {
				t.Errorf("cut after %d commits: a piece of nothing, %x", commits, item.Key)
			}
		}
	}
	damage(t, n, "mquarantine", flip)
	reopen()
	give([]byte("c"), "the note is damaged")
}
