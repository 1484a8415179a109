package storage_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestDropEndsWithItsRange: as many documents as one step deletes, in a range
// that ends with the key space, are not followed by those before it.
func TestDropEndsWithItsRange(t *testing.T) {
	for _, left := range []crdt.Range{{From: "k", To: ""}, {From: "k", To: "l"}} {
		a := newNode(t, 'a')
		for i := range 4 {
			a.write(t, "people", change{key: fmt.Sprint("a", i), json: `1`}, change{key: fmt.Sprint("k", i), json: `1`})
		}
		if err := a.Update(func(b *storage.Batch) error { return b.Leave("people", []crdt.Range{left}) }); err != nil {
			t.Fatal(err)
		}
		const limit = 2
		for from, dropped := left.From, limit; dropped == limit; {
			err := a.Update(func(b *storage.Batch) (err error) {
				from, dropped, err = b.Drop("people", from, left.To, limit)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range 4 {
			for key, want := range map[string]bool{fmt.Sprint("a", i): true, fmt.Sprint("k", i): false} {
				if rec, err := a.Get("people", key); err != nil || rec.Exists() != want {
					t.Errorf("%v left: %s is there: %v, want %v, %v", left, key, rec.Exists(), want, err)
				}
			}
		}
	}
}
