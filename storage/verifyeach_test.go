package storage_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestVerifyEach: a check that streams what it finds has no end where a list of it has
// one, and stops when it is told to.
func TestVerifyEach(t *testing.T) {
	a := newNode(t, 'a')
	const n = storage.MaxFindings + 200
	for from := 0; from < n; from += 100 {
		var some []change
		for i := range 100 {
			some = append(some, change{key: fmt.Sprintf("k%04d", from+i), json: `1`})
		}
		a.write(t, "people", some...)
	}
	damage(t, a, "dpeople\x00", flip)
	everything, err := a.VerifyRange("people", "", "")
	if err != nil || len(everything) != storage.MaxFindings {
		t.Errorf("a list of %d: %v", len(everything), err)
	}
	found := map[string]bool{}
	err = a.VerifyEach("people", []crdt.Range{{}}, func(f storage.Finding) error {
		if f.Problem == storage.ProblemRecord {
			found[f.Key] = true
		}
		return nil
	})
	if err != nil || len(found) != n {
		t.Errorf("%d of %d: %v", len(found), n, err)
	}
	stop, calls := errors.New("stop"), 0
	if err := a.VerifyEach("people", []crdt.Range{{}}, func(storage.Finding) error { calls++; return stop }); !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls: %v", calls, err)
	}
}

// TestVerifyStoreNotes: under which opening a store is in use, and since when its
// incarnation is, are checked, and written again.
func TestVerifyStoreNotes(t *testing.T) {
	boot := [16]byte{1, 2, 3}
	for _, name := range []string{"mboot", "msince"} {
		for what, fn := range map[string]func(storage.Tx, storage.Item) error{"flip": flip, "drop": drop} {
			a := newNode(t, 'a')
			a.open(t, storage.Options{
				Restored: true, Now: func() time.Time { return time.Unix(1e9, 0) },
				Check: func(storage.Past) (storage.Opening, error) { return storage.Opening{Boot: boot}, nil },
			})
			damage(t, a, name, fn)
			want := 1
			if name == "msince" && what == "drop" {
				want = 0 // that is not noted everywhere
			}
			if found, err := a.VerifyStore(); err != nil || len(found) != want {
				t.Errorf("%s of %s: %v %v", what, name, found, err)
			}
			commit(t, a, func(b *storage.Batch) error { return b.RestoreStore() })
			if found, err := a.VerifyStore(); err != nil || len(found) > 0 {
				t.Errorf("%s of %s, restored: %v %v", what, name, found, err)
			}
			was := [16]byte{}
			a.open(t, storage.Options{Check: func(p storage.Past) (storage.Opening, error) { was = p.Boot; return storage.Opening{}, nil }})
			if was != boot {
				t.Errorf("%s of %s: the boot is %x", what, name, was)
			}
		}
	}
}
