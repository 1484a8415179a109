package node_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestLeaveManyCollections leaves 10,000 collections at once, which are too
// many for one transaction of the least store, and comes back.
func TestLeaveManyCollections(t *testing.T) {
	s, err := badger.Open(t.TempDir(), badger.Options{Profile: badger.Edge})
	if err != nil {
		t.Fatal(err)
	}
	device := ed25519.NewKeyFromSeed(make([]byte, 32))
	const collections = 10_000
	fillCollections(t, s, device, collections)
	n, err := node.Open(t.Context(), node.Options{Store: s, Device: device})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := n.SetScope(t.Context(), []string{"kept"}, node.ScopeOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Collection(collectionName(7)).Get(t.Context(), "a"); !errors.Is(err, node.ErrOutOfScope) {
		t.Fatal(err)
	}
	if err := n.SetScope(t.Context(), []string{"*"}, node.ScopeOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := addresses(t, n); len(got) != 0 {
		t.Fatalf("%d documents are there", len(got))
	}
}

func collectionName(i int) string { return fmt.Sprintf("c%063d", i) }

// fillCollections writes one document into each of many collections.
func fillCollections(t *testing.T, s storage.Store, device ed25519.PrivateKey, collections int) {
	t.Helper()
	d, err := storage.OpenDocuments(s, storage.Options{Device: device})
	if err != nil {
		t.Fatal(err)
	}
	for first := 0; first < collections; first += 500 {
		err := d.Update(func(b *storage.Batch) error {
			for i := range 500 {
				w := b.Begin(collectionName(first+i), 1)
				doc, err := crdt.Decode(nil)
				if err != nil {
					return err
				}
				plain, err := crdt.ParseJSON([]byte(`1`))
				if err != nil {
					return err
				}
				if doc, _, err = doc.Put(w, plain); err != nil {
					return err
				}
				head, _ := w.Last()
				if err := b.Write(collectionName(first+i), w, []storage.Written{{Key: "a", Document: doc, Head: head}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStopWhileLeaving: a stop between the commit of a scope and those that make
// unknown what it leaves loses nothing: not what stays, not the peer's copy, and
// what was left comes back.
func TestStopWhileLeaving(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk, device := newWorld(t), store.New(), ed25519.NewKeyFromSeed(make([]byte, 32))
		open := func() *node.Node { return w.open("a", node.Options{Store: disk, Device: device}) }
		a, b := open(), w.open("b", node.Options{})
		w.join(a, b)
		for i := range 300 {
			put(t, a, fmt.Sprintf("logs/%03d", i), `1`)
			put(t, b, fmt.Sprintf("mail/x%03d", i), `2`)
			put(t, a, fmt.Sprintf("mail/y%03d", i), `3`)
		}
		w.converge(a, b)
		was := addresses(t, b)
		w.close(a)
		disk = disk.Kill()
		d, err := storage.OpenDocuments(disk, storage.Options{Device: device})
		if err == nil {
			err = d.Update(func(b *storage.Batch) error { return b.SetScope([]byte("mail/x")) })
		}
		if err = errors.Join(err, d.Close()); err != nil {
			t.Fatal(err)
		}
		disk = disk.Kill()
		a = open()
		put(t, a, "mail/x000", `4`)
		if err := a.SetScope(t.Context(), []string{"*"}, node.ScopeOptions{}); err != nil {
			t.Fatal(err)
		}
		w.join(b, a)
		w.converge(a, b)
		if got := addresses(t, a); !slices.Equal(got, was) {
			t.Fatalf("a holds %d documents of %d", len(got), len(was))
		}
		if got := addresses(t, b); !slices.Equal(got, was) {
			t.Fatalf("b holds %d documents of %d", len(got), len(was))
		}
		w.close(a, b)
	})
}
