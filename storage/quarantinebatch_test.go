package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestKeepIsCut: many are put into quarantine, small ones and one of many pieces among them, and that is cut
// after each commit. Each of them is there whole then, or not at all; the same again brings the
// rest, and none twice.
func TestKeepIsCut(t *testing.T) {
	var all []storage.Quarantined
	for i := range 400 {
		all = append(all, storage.Quarantined{Kind: storage.QuarantinedRecord, Collection: "c", Key: fmt.Sprint(i), Reason: "why", Raw: bytes.Repeat([]byte{byte(i)}, 1000)})
	}
	all[150].Raw = bytes.Repeat([]byte("x"), 700<<10)
	all[151].Key, all[151].Raw = all[150].Key, bytes.Repeat([]byte("y"), 700<<10) // another of the same document, as long
	cut := errors.New("cut")
	whole := false
	commits := 0
	for ; !whole; commits++ {
		n := newNode(t, 'a')
		left := commits
		_, _, err := n.Keep(func(fn func(*storage.Batch) error) error {
			if left--; left < 0 {
				return cut
			}
			return n.Update(fn)
		}, all...)
		if whole = err == nil; !whole && !errors.Is(err, cut) {
			t.Fatal(err)
		}
		n.store = n.store.Kill()
		n.open(t, storage.Options{})
		before := sameKept(t, n, all)
		for range 2 {
			ids, dropped, err := n.Keep(n.Update, all...)
			if err != nil || len(ids) != len(all) || len(dropped) > 0 {
				t.Fatalf("cut after %d commits: again %d, %d dropped, %v", commits, len(ids), len(dropped), err)
			}
		}
		if after := sameKept(t, n, all); after != len(all) || whole && before != after {
			t.Errorf("cut after %d commits: %d were there, and are %d of %d with the rest", commits, before, after, len(all))
		}
		if found, err := n.VerifyStore(); err != nil || len(found) > 0 {
			t.Errorf("cut after %d commits: found %v, %v", commits, found, err)
		}
	}
	if commits < 10 || commits > 40 {
		t.Errorf("%d commits", commits)
	}
}

// sameKept is how many are in quarantine: each as one of all in front, and none twice.
func sameKept(t *testing.T, n *node, all []storage.Quarantined) int {
	t.Helper()
	kept, err := n.Quarantine()
	if err != nil || len(kept) > len(all) {
		t.Fatalf("%d of %d are in quarantine: %v", len(kept), len(all), err)
	}
	for i, q := range kept {
		got, err := n.QuarantinedOne(q.ID)
		if err != nil || got.Key != all[i].Key || !bytes.Equal(got.Raw, all[i].Raw) {
			t.Errorf("number %d is %s, %d bytes, not %s, %d bytes: %v", q.ID, got.Key, len(got.Raw), all[i].Key, len(all[i].Raw), err)
		}
	}
	return len(kept)
}
