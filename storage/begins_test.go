package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// lookedUpdates is a store that counts how often a commit reads the whole dot index, and how often it is read beside.
type lookedUpdates struct {
	looked
	whole int
}

type lookedTx struct {
	storage.Tx
	s *lookedUpdates
}

func (s *lookedUpdates) Update(fn func(storage.Tx) error) error {
	return s.looked.Update(func(tx storage.Tx) error { return fn(lookedTx{tx, s}) })
}

func (r lookedTx) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	return func(yield func(storage.Item, error) bool) {
		whole := bytes.Equal(o.Start, []byte("ic\x00")) && bytes.Equal(o.End, []byte("ic\x01"))
		for item, err := range r.Tx.Scan(o) {
			if !yield(item, err) {
				return
			}
		}
		if whole {
			r.s.whole++
		}
	}
}

// TestFirstWriteInALargeCollection: behind an opening the first document that is begun in a large collection
// does not wait for the reading of the index, be it large by what is there or by what was removed, and one in a small
// collection reads it, once for all who need it.
func TestFirstWriteInALargeCollection(t *testing.T) {
	for _, c := range []struct{ documents, removed, whole int }{{1000, 0, 1}, {20_001, 0, 0}, {1000, 19_001, 0}} {
		n, under := openedLarge(t, c.documents, c.removed)
		if err := n.Update(func(b *storage.Batch) error {
			return errors.Join(writeIn(b, "c", 1, change{key: fmt.Sprintf("k%06d", c.removed), json: `2`}, change{key: fmt.Sprintf("k%06d", c.removed+1)}),
				writeIn(b, "c", 2, change{key: "new", json: `1`}, change{key: "newer", json: `1`}))
		}); err != nil {
			t.Fatal(err)
		}
		n.write(t, "c", change{key: "newest", json: `1`})
		if under.whole != c.whole {
			t.Errorf("of %d documents: the index was read %d times", c.documents, under.whole)
		}
		for range 2 {
			if err := n.Enrol("c"); err != nil {
				t.Fatal(err)
			}
		}
		if all := under.whole + under.looked.whole; all != 1 {
			t.Errorf("of %d documents: the index was read %d times in all", c.documents, all)
		}
	}
}

// openedLarge is a store with documents in collection c that was just opened.
func openedLarge(t *testing.T, documents, removed int) (*node, *lookedUpdates) {
	n := newNode(t, 'a')
	all := make([]change, documents+removed)
	for i := range all {
		all[i] = change{key: fmt.Sprintf("k%06d", i), json: `1`}
	}
	gone := make([]change, removed)
	for i := range gone {
		gone[i] = change{key: all[i].key}
	}
	for _, all := range [][]change{all, gone} {
		for part := range slices.Chunk(all, 2000) {
			n.write(t, "c", part...)
		}
	}
	under := &lookedUpdates{looked: looked{Store: n.store.Kill()}}
	d, err := storage.OpenDocuments(under, storage.Options{Device: device('a'), Rand: n.rand})
	if err != nil {
		t.Fatal(err)
	}
	n.Documents = d
	return n, under
}

// TestFirstMergeInALargeCollection: behind an opening a document that is new is not merged into a large collection before the index
// was read, and no transaction reads it; one that has a record is.
func TestFirstMergeInALargeCollection(t *testing.T) {
	n, under := openedLarge(t, 20_001, 0)
	o := newNode(t, 'o')
	o.write(t, "c", change{key: "k000001", json: `2`})
	old := o.frames(t, "c", n.knowledge(t, "c"), 3)[0]
	o.write(t, "c", change{key: "new", json: `2`})
	if _, err := n.tryMerge("c", old); err != nil {
		t.Fatal(err)
	}
	begun := o.frames(t, "c", n.knowledge(t, "c"), 3)[0]
	before := dump(t, under)
	if _, err := n.tryMerge("c", begun); !errors.Is(err, storage.ErrUnread) {
		t.Fatalf("merged: %v", err)
	}
	if fmt.Sprint(dump(t, under)) != fmt.Sprint(before) {
		t.Error("refused, it has changed the store")
	}
	n.write(t, "c", change{key: "own", json: `1`})
	if under.whole != 0 || under.looked.whole != 0 {
		t.Errorf("the index was read %d times by transactions and %d times beside", under.whole, under.looked.whole)
	}
	if err := n.Enrol("c"); err != nil {
		t.Fatal(err)
	}
	if _, err := n.tryMerge("c", begun); err != nil {
		t.Fatal(err)
	}
	if under.whole != 0 || under.looked.whole != 1 {
		t.Errorf("the index was read %d times by transactions and %d times beside", under.whole, under.looked.whole)
	}
}
