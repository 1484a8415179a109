package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestRepairOfOneMissesOthers: no repair of one document takes the index for whole, of which the entry of another is
// lost too: that is missed until it is healed itself, whether the index was read before or not, and the drain
// then brings both (Law A).
func TestRepairOfOneMissesOthers(t *testing.T) {
	repairs := map[string]func(b *storage.Batch) error{
		"reindex":  func(b *storage.Batch) error { return b.Reindex("c", []string{"y"}) },
		"tree":     func(b *storage.Batch) error { return errors.Join(b.RebuildTree("c"), b.Reindex("c", nil)) },
		"whole":    func(b *storage.Batch) error { return b.Reindex("c", []string{""}) },
		"forfeit":  func(b *storage.Batch) error { return b.Forfeit("c", "y", "y\x00") },
		"in parts": func(b *storage.Batch) error { return forfeitParts(b, "y", "y\x00") },
	}
	for name, repair := range repairs {
		for _, reopen := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", opened again ", reopen), func(t *testing.T) {
				a, b := newNode(t, 'a'), newNode(t, 'b')
				a.write(t, "c", change{key: "j", json: `1`})
				b.pull(t, "c", a)
				for _, k := range []string{"x", "y", "z"} {
					a.write(t, "c", change{key: k, json: `1`})
				}
				known := b.knowledge(t, "c")
				for _, k := range []string{"y", "z"} {
					e := entriesOf(t, a, "c", k)
					under(t, a, func(tx storage.Tx) error { return tx.Delete(e[0].Key) })
				}
				if reopen {
					a.store = a.store.Kill()
					a.open(t, storage.Options{})
				}
				missed := func() bool {
					_, _, err := a.view(t, "c").Candidates(known, "", 10)
					if err != nil && !errors.Is(err, storage.ErrDamaged) {
						t.Fatal(err)
					}
					return err != nil
				}
				if !missed() {
					t.Fatal("not missed")
				}
				if err := a.Update(repair); err != nil {
					t.Fatal(err)
				}
				if !missed() {
					t.Error("the repair takes the loss for whole")
				}
				if err := a.Update(func(b *storage.Batch) error { return b.Reindex("c", []string{"y", "z"}) }); err != nil {
					t.Fatal(err)
				}
				if found, err := a.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
					t.Fatalf("healed: %v, %v", found, err)
				}
				b.pull(t, "c", a)
				if rec, err := b.Get("c", "z"); err != nil || !rec.Exists() {
					t.Errorf("the peer counts z and has %v, %v", rec, err)
				}
			})
		}
	}
}

// forfeitParts is a Forfeit in parts of one document.
func forfeitParts(b *storage.Batch, from, to string) error {
	rest, err := b.ForfeitSome("c", []crdt.Range{{From: from, To: to}}, 1)
	for err == nil && len(rest) > 0 {
		rest, err = b.ForfeitSome("c", rest, 1)
	}
	return err
}

// during is a store that does something before the next snapshot is taken.
type during struct {
	storage.Store
	hook func()
}

func (d *during) Snapshot() (storage.Snapshot, error) {
	if hook := d.hook; hook != nil {
		d.hook = nil
		hook()
	}
	return d.Store.Snapshot()
}

// TestForgetBeforeTheSumIsKnown: in a store of format 3 the state before a Forget and the one after it are told apart, so
// that a View which begins beside it makes no other sum.
func TestForgetBeforeTheSumIsKnown(t *testing.T) {
	a := newNode(t, 'a')
	for i := range 5 {
		a.write(t, "c", change{key: fmt.Sprint("k", i), json: `1`})
	}
	a.write(t, "c", change{key: "k1", json: ``})
	if err := a.Update(func(b *storage.Batch) error { return b.PutWholeState("c") }); err != nil {
		t.Fatal(err)
	}
	setFormat(t, a.store, 2)
	a.store = a.store.Kill()
	a.open(t, storage.Options{})
	a.write(t, "c", change{key: "k0", json: `7`})
	a.hash(t, "c")
	a.Close()
	beside := &during{Store: a.store}
	open := func(s storage.Store) {
		d, err := storage.OpenDocuments(s, storage.Options{Device: device(a.name), Rand: a.rand})
		if err != nil {
			t.Fatal(err)
		}
		a.Documents = d
	}
	open(beside)
	known := a.knowledge(t, "c")
	beside.hook = func() {
		err := a.Update(func(b *storage.Batch) error {
			n, err := b.Forget("c", known, "", "", []string{"k1"})
			if err == nil && n == 0 {
				err = errors.New("nothing was forgotten")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Enrol("c"); err != nil {
		t.Fatal(err)
	}
	a.write(t, "c", change{key: "k3", json: `9`}) // with the sum
	a.Close()
	open(a.store)
	if err := a.Enrol("c"); err != nil {
		t.Error(err)
	}
	if found, err := a.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}
