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

// TestLostBeforeOthers: where what is asked for ends before the first candidate, because
// the one in front of it is lost, no Record will be asked for either: whoever says that
// there is nothing asks Confirm, from each place where it looked.
func TestLostBeforeOthers(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `1`}, change{key: "eve", json: `1`})
	v := a.view(t, "people")
	if keys, _, err := v.Candidates(crdt.Knowledge{}, "", 10); err != nil || len(keys) != 3 {
		t.Fatalf("candidates: %q, %v", keys, err)
	}
	if err := v.Confirm(); err != nil {
		t.Errorf("nothing was lost: %v", err)
	}
	damage(t, a, "dpeople\x00bob", drop)
	v = a.view(t, "people")
	for _, c := range []struct {
		from string
		lost bool
	}{{"dan", false}, {"bob", true}, {"", true}} {
		if keys, _, err := v.Candidates(crdt.Knowledge{}, c.from, 10); err != nil || len(keys) == 0 {
			t.Errorf("candidates from %q: %q, %v", c.from, keys, err)
		}
		// Another question in between does not make it sure.
		if _, _, err := v.Candidates(v.Knowledge(), "", 10); (err != nil) != c.lost {
			t.Errorf("what the peer lacks that holds all, asked after %q: %v", c.from, err)
		}
		if err := v.Confirm(); errors.Is(err, storage.ErrDamaged) != c.lost {
			t.Errorf("from %q: %v", c.from, err)
		}
	}
}
