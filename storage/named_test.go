package storage_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestEarlierRecordIsNotSent: a candidate whose record does not know the change by
// which it was found is damage, whether the record is an earlier one or began anew
// where one was lost: a frame with it would claim what it does not bring.
func TestEarlierRecordIsNotSent(t *testing.T) {
	peer := crdt.Know(crdt.Counters{{9}: 1}.Vector()) // one that knows nothing at all is told from the records
	for name, harm := range map[string]func(a *node){
		"an earlier one": func(a *node) {
			var was []byte
			damage(t, a, "dpeople\x00ann", func(_ storage.Tx, item storage.Item) error { was = item.Value; return nil })
			a.write(t, "people", change{key: "ann", json: `2`})
			damage(t, a, "dpeople\x00ann", func(tx storage.Tx, item storage.Item) error { return tx.Set(item.Key, was) })
		},
		"one that began anew": func(a *node) {
			damage(t, a, "dpeople\x00ann", drop)
			err := a.Update(func(b *storage.Batch) error { return b.WriteBytes("people", "ann", 9, []byte("3")) }) // as earlier versions did
			if err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newNode(t, 'a')
			a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `1`})
			harm(a)
			v := a.view(t, "people")
			if keys, _, err := v.Candidates(peer, "", 10); err != nil || len(keys) != 2 {
				t.Fatalf("candidates: %q, %v", keys, err)
			}
			var d *storage.DamagedError
			if _, err := v.Record("ann"); !errors.As(err, &d) || d.Key != "ann" {
				t.Errorf("ann: %v", err)
			}
			if _, err := v.Record("bob"); err != nil {
				t.Errorf("bob: %v", err)
			}
		})
	}
}

// TestLastRecordIsLost: where the only candidate for a peer that knows nothing is a
// document whose record is lost, a drain of nothing would claim it.
func TestLastRecordIsLost(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	damage(t, a, "dpeople\x00ann", drop)
	if keys, _, err := a.view(t, "people").Candidates(crdt.Knowledge{}, "", 10); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("candidates: %q, %v", keys, err)
	}
}
