package storage_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestOthersAreStillMissed: two documents are lost with their entries. Giving up the one, or making the index again, does not
// make the other one absent: it was never given up, and is counted still.
func TestOthersAreStillMissed(t *testing.T) {
	for name, heal := range map[string]func(b *storage.Batch) error{
		"given up":   func(b *storage.Batch) error { return b.Forfeit("people", "l", "l\x00") },
		"made again": func(b *storage.Batch) error { return b.Reindex("people", []string{""}) },
	} {
		t.Run(name, func(t *testing.T) {
			a, _, _ := lossBase(t, 1, false)
			a.write(t, "people", change{key: "k", json: `1`}, change{key: "l", json: `2`})
			for _, key := range []string{"k", "l"} {
				entries := entriesOf(t, a, "people", key)
				damage(t, a, "dpeople\x00"+key, drop)
				under(t, a, func(tx storage.Tx) error { return tx.Delete(entries[0].Key) })
			}
			a.hash(t, "people")
			listed := func(key string) error {
				return a.Update(func(b *storage.Batch) error { return b.Listed("people", storage.Record{Key: key}) })
			}
			for _, key := range []string{"k", "l"} {
				if err := listed(key); !errors.Is(err, storage.ErrDamaged) {
					t.Fatalf("%s: %v", key, err)
				}
			}
			if err := a.Update(heal); err != nil {
				t.Fatal(err)
			}
			lost(t, "beside the other", listed("k"))
			if sure, err := a.view(t, "people").Absent("k"); sure || !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("absent: %t, %v", sure, err)
			}
			lost(t, "written", a.tryWrite("people", change{key: "k", json: `4`}))
			if err := listed("none"); err != nil {
				t.Errorf("never there: %v", err)
			}
			for _, key := range []string{"k", "l"} {
				if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", key, key+"\x00") }); err != nil {
					t.Fatal(err)
				}
				if err := listed(key); err != nil {
					t.Errorf("%s, given up: %v", key, err)
				}
			}
			a.write(t, "people", change{key: "k", json: `4`}, change{key: "l", json: `5`})
		})
	}
}

// TestGivenUpTogether: documents of which nothing was left are not missed any more after they were given up in one run of
// keys; one beside them is.
func TestGivenUpTogether(t *testing.T) {
	a, _, _ := lossBase(t, 1, false)
	a.write(t, "people", change{key: "k", json: `1`}, change{key: "l", json: `2`}, change{key: "m", json: `3`})
	for _, key := range []string{"k", "l", "m"} {
		entries := entriesOf(t, a, "people", key)
		damage(t, a, "dpeople\x00"+key, drop)
		under(t, a, func(tx storage.Tx) error { return tx.Delete(entries[0].Key) })
	}
	err := a.Update(func(b *storage.Batch) error {
		rest, err := b.ForfeitKeys("people", []string{"l", "m"}, 10)
		if len(rest) > 0 {
			t.Errorf("left: %v", rest)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	lost(t, "beside them", a.tryWrite("people", change{key: "k", json: `4`}))
	for _, key := range []string{"l", "m"} {
		if err := a.tryWrite("people", change{key: key, json: `4`}); err != nil {
			t.Errorf("%s, given up: %v", key, err)
		}
	}
}
