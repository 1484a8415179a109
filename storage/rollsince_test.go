package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// looked is a store that counts how often the whole dot index of a collection was read.
type looked struct {
	storage.Store
	whole int
}

func (s *looked) Snapshot() (storage.Snapshot, error) {
	snap, err := s.Store.Snapshot()
	return &lookedSnapshot{snap, s}, err
}

type lookedSnapshot struct {
	storage.Snapshot
	s *looked
}

func (r *lookedSnapshot) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	if bytes.Equal(o.Start, []byte("ic\x00")) && bytes.Equal(o.End, []byte("ic\x01")) {
		r.s.whole++
	}
	return r.Snapshot.Scan(o)
}

// TestSinceOpeningNothingIsRead: what came since a store was opened is drained without a look at the rest of
// the index, and an entry of it that is lost, or was dropped and is there again, is missed all the same. For a peer
// that lacks something older all of the index is read, unless a transaction has done it, which has begun a document.
func TestSinceOpeningNothingIsRead(t *testing.T) {
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		keys := rapid.IntRange(1, 20).Draw(t, "keys")
		write := func(n *node) {
			json := `1`
			if rapid.IntRange(0, 9).Draw(t, "removed") == 0 {
				json = ``
			}
			n.write(t, "c", change{key: fmt.Sprint("k", rapid.IntRange(0, keys-1).Draw(t, "key")), json: json})
		}
		a.write(t, "c", change{key: "k0", json: `1`})
		before := rapid.IntRange(1, 40).Draw(t, "before")
		missed := rapid.IntRange(0, 3).Draw(t, "missed") == 0
		for range before {
			write(a)
		}
		b.pull(t, "c", a)
		if missed {
			a.write(t, "c", change{key: "k0", json: `2`})
		}
		a.store = a.store.Kill()
		under := &looked{Store: a.store}
		d, err := storage.OpenDocuments(under, storage.Options{Device: device('a'), Rand: a.rand})
		if err != nil {
			t.Fatal(err)
		}
		a.Documents = d
		records := func() (n int) {
			for i := range keys {
				rec, err := a.Get("c", fmt.Sprint("k", i))
				if err != nil {
					t.Fatal(err)
				}
				if len(rec.Heads) > 0 {
					n++
				}
			}
			return n
		}
		were := records()
		for range rapid.IntRange(1, 40).Draw(t, "since") {
			switch rapid.IntRange(0, 9).Draw(t, "who") {
			case 0:
				write(b)
				a.pull(t, "c", b)
			case 1:
				if !missed {
					b.pull(t, "c", a)
				}
			default:
				write(a)
			}
		}
		known := b.knowledge(t, "c")
		want := naive(t, a, known)
		got, _, err := a.view(tb, "c").Candidates(known, "", 1000)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
		begun := records() > were // the transaction that began a document has read the index
		if (under.whole > 0) != (missed && !begun) {
			t.Fatalf("the index was read %d times, the peer lacks an older change: %v, a document is new: %v", under.whole, missed, begun)
		}
		if len(want) == 0 || missed {
			return
		}
		lost := rapid.SampledFrom(want).Draw(t, "lost")
		for _, e := range entriesOf(t, a, "c", lost) {
			if err := under.Update(func(tx storage.Tx) error { return tx.Delete(e.Key) }); err != nil {
				t.Fatal(err)
			}
		}
		if keys, _, err := a.view(tb, "c").Candidates(known, "", 1000); !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("without the entries of %s it offers %v, %v", lost, keys, err)
		}
		if under.whole > 0 {
			t.Errorf("the index was read %d times", under.whole)
		}
	})
}

// naive are the keys of which a peer lacks a head.
func naive(t failer, n *node, known crdt.Knowledge) (keys []string) {
	t.Helper()
	v, err := n.View("c")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer v.Close()
	for i := range 20 {
		key := fmt.Sprint("k", i)
		rec, err := v.Record(key)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, h := range rec.Heads {
			if !known.At(key).Has(h) {
				keys = append(keys, key)
				break
			}
		}
	}
	slices.Sort(keys)
	return keys
}
