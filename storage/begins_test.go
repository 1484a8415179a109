package storage_test

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// lookedUpdates is a store that counts how often a commit reads the whole dot index.
type lookedUpdates struct {
	storage.Store
	whole int
}

type lookedTx struct {
	storage.Tx
	s *lookedUpdates
}

func (s *lookedUpdates) Update(fn func(storage.Tx) error) error {
	return s.Store.Update(func(tx storage.Tx) error { return fn(lookedTx{tx, s}) })
}

func (r lookedTx) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	if bytes.Equal(o.Start, []byte("ic\x00")) && bytes.Equal(o.End, []byte("ic\x01")) {
		r.s.whole++
	}
	return r.Tx.Scan(o)
}

// TestFirstWriteInALargeCollection: behind an opening the first document that is begun in a large collection
// does not wait for the reading of the index, and one in a small collection reads it.
func TestFirstWriteInALargeCollection(t *testing.T) {
	for documents, whole := range map[int]int{1000: 1, 20_001: 0} {
		n := newNode(t, 'a')
		all := make([]change, documents)
		for i := range all {
			all[i] = change{key: fmt.Sprintf("k%06d", i), json: `1`}
		}
		for part := range slices.Chunk(all, 5000) {
			n.write(t, "c", part...)
		}
		under := &lookedUpdates{Store: n.store.Kill()}
		d, err := storage.OpenDocuments(under, storage.Options{Device: device('a'), Rand: n.rand})
		if err != nil {
			t.Fatal(err)
		}
		n.Documents = d
		n.write(t, "c", change{key: "new", json: `1`}, change{key: "newer", json: `1`})
		if under.whole != whole {
			t.Errorf("of %d documents: the index was read %d times", documents, under.whole)
		}
	}
}
