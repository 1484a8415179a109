package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// TestGetsShareNothing: what gets use again belongs to one get at a time, and what a get
// returns to its caller, whatever is read and written afterwards: small documents and large,
// short keys and long, what is not there and what is damaged. Under the race detector it also shows that
// nothing of Badger's is read after the transaction.
func TestGetsShareNothing(t *testing.T) {
	store, err := badger.Open(t.TempDir(), badger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	d, err := storage.OpenDocuments(store, storage.Options{Device: device('a'), Rand: &nonces{name: 'a'}})
	if err != nil {
		t.Fatal(err)
	}
	const documents = 40
	key := func(i int) string { return fmt.Sprintf("%0*d", 1+i*7, i) }
	put := func(i, turn int) error {
		return d.Update(func(b *storage.Batch) error {
			return writeIn(b, "c", crdt.Timestamp(turn+1), change{key: key(i), json: fmt.Sprintf(`{"i":%d,"turn":%d,"fill":"%0*d"}`, i, turn, i%8*2000, turn)})
		})
	}
	for i := range documents {
		if err := put(i, 0); err != nil {
			t.Fatal(err)
		}
	}
	at := append([]byte("dc\x00"), key(3)...)
	if err := store.Update(func(tx storage.Tx) error { return tx.Set(at, []byte("damaged")) }); err != nil {
		t.Fatal(err)
	}
	type kept struct {
		rec  storage.Record
		copy []byte
	}
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			var all []kept
			for n := range 600 {
				i := (n*7 + r) % (documents + 2)
				rec, err := d.Get("c", key(i))
				switch {
				case rec.Key != key(i):
					t.Errorf("get of %q gave %q", key(i), rec.Key)
				case i == 3:
					if !errors.Is(err, storage.ErrDamaged) {
						t.Errorf("a damaged record: %v", err)
					}
				case err != nil:
					t.Errorf("%q: %v", key(i), err)
				case i >= documents:
					if rec.Exists() || len(rec.Heads) > 0 {
						t.Errorf("%q was never written: %v", key(i), rec)
					}
				case len(rec.Heads) != 1:
					t.Errorf("%q: heads %v", key(i), rec.Heads)
				default:
					all = append(all, kept{rec, bytes.Clone(rec.Body)})
				}
			}
			for _, k := range all {
				doc, err := crdt.Decode(k.rec.Body)
				if err != nil || !bytes.Equal(k.rec.Body, k.copy) {
					t.Errorf("%q is no longer what was read: %v", k.rec.Key, err)
					return
				}
				var i int
				fmt.Sscanf(string(doc.AppendJSON(nil, crdt.FormatPlain)[len(`{"i":`):]), "%d", &i)
				if key(i) != k.rec.Key {
					t.Errorf("%q has the body of %q", k.rec.Key, key(i))
				}
			}
		})
	}
	for turn := range 60 {
		if i := turn * 11 % documents; i != 3 {
			if err := put(i, turn+1); err != nil {
				t.Error(err)
			}
		}
	}
	readers.Wait()
}
