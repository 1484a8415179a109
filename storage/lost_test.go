package storage_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestKeySetIsASet: whatever comes and goes, a set of keys has those that a map has, and hardly any other.
func TestKeySetIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, want := storage.NewKeySet(0), map[string]bool{}
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		most := rapid.SampledFrom([]int{10, 600, 5_000, 60_000}).Draw(t, "keys")
		for range rapid.IntRange(1, 2*most).Draw(t, "changes") {
			key := fmt.Sprint(rnd.IntN(most))
			if rnd.IntN(4) == 0 {
				s.Drop(key)
				delete(want, key)
			} else {
				s.Add(key)
				want[key] = true
			}
		}
		again := storage.NewKeySet(most)
		for key := range want {
			again.Collect(key)
		}
		again.Made()
		wrong := 0
		for i := range most + 1000 {
			for _, s := range []*storage.KeySet{s, again} {
				switch key := fmt.Sprint(i); {
				case want[key] && !s.Has(key):
					t.Fatalf("%s is not there", key)
				case !want[key] && s.Has(key):
					wrong++
				}
			}
		}
		if wrong > 1 {
			t.Fatalf("%d keys are there that are not", wrong)
		}
		if n := s.Len(); n > len(want) || n < len(want)-1 || again.Len() != n {
			t.Fatalf("it has %d and %d keys, not %d", n, again.Len(), len(want))
		}
	})
}

// TestLostBeforeItWasHashed: a document that was lost after it was written, and before the tree was
// hashed, does not pass as absent, nor does a merge or a write begin it anew; nor after an opening.
func TestLostBeforeItWasHashed(t *testing.T) {
	for _, opened := range []bool{false, true} {
		for _, entry := range []bool{false, true} { // lost too
			if opened && entry {
				continue // nothing that is left names it: the sum of the index says so
			}
			a, _, c := lossBase(t, 600, true)
			a.write(t, "people", change{key: "k", json: `{"first":1,"third":3}`})
			entries := entriesOf(t, a, "people", "k")
			damage(t, a, "dpeople\x00k", drop)
			if entry {
				under(t, a, func(tx storage.Tx) error { return tx.Delete(entries[0].Key) })
			}
			a.hash(t, "people")
			if opened {
				a.store = a.store.Kill()
				a.open(t, storage.Options{})
			}
			for i := range 2 {
				if sure, err := a.view(t, "people").Absent("k"); sure || !errors.Is(err, storage.ErrDamaged) {
					t.Errorf("opened %t, entry lost %t: absent: %t, %v", opened, entry, sure, err)
				}
				before := dump(t, a.store)
				_, err := a.tryMerge("people", c.frames(t, "people", a.knowledge(t, "people"), 3)[0])
				lost(t, "merged", err)
				lost(t, "written", a.tryWrite("people", change{key: "k", json: `4`}))
				lost(t, "as a base", a.Update(func(b *storage.Batch) error { return b.Listed("people", storage.Record{Key: "k"}) }))
				if fmt.Sprint(dump(t, a.store)) != fmt.Sprint(before) {
					t.Error("refused, it has changed the store")
				}
				if i == 0 {
					a.write(t, "people", change{key: "k+", json: `1`}) // beside it
				}
			}
			for _, key := range []string{"none", "k-", "z"} {
				if err := a.Update(func(b *storage.Batch) error { return b.Listed("people", storage.Record{Key: key}) }); err != nil {
					t.Errorf("%s was never there: %v", key, err)
				}
			}
			if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", "k", "k\x00") }); err != nil {
				t.Fatal(err)
			}
			if err := a.tryWrite("people", change{key: "k", json: `4`}); err != nil {
				t.Errorf("given up, it is not written: %v", err)
			}
		}
	}
}

// lost wants an error that says which document has to be given up.
func lost(t *testing.T, when string, err error) {
	t.Helper()
	var d *storage.DamagedError
	if !errors.As(err, &d) || d.Key != "k" || len(d.Unrecorded) != 1 || d.Unrecorded[0] != "k" {
		t.Errorf("%s: %v", when, err)
	}
}

// TestWriteOverALostRecord: a transaction over a document that was lost writes nothing; after it was given up what is written is
// concurrent to the good copy, and all keep both.
func TestWriteOverALostRecord(t *testing.T) {
	a, b, c := lossBase(t, 1, false)
	b.pull(t, "people", a)
	damage(t, a, "dpeople\x00k", drop)
	before := dump(t, a.store)
	lost(t, "written", a.tryWrite("people", change{key: "j0000", json: `7`}, change{key: "k", json: `{"mine":4}`}))
	if fmt.Sprint(dump(t, a.store)) != fmt.Sprint(before) {
		t.Error("refused, it has changed the store")
	}
	err := a.Update(func(b *storage.Batch) error { // in one commit, also
		return errors.Join(b.Forfeit("people", "k", "k\x00"), b.Listed("people", storage.Record{Key: "k"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, "people", change{key: "k", json: `{"mine":4}`})
	for range 3 {
		for _, n := range []*node{a, b, c} {
			for _, o := range []*node{a, b, c} {
				if n != o {
					n.pull(t, "people", o)
				}
			}
		}
	}
	for _, n := range []*node{a, b, c} {
		if got := jsonOf(t, n, "k"); got != `{"mine":4,"first":1,"other":2}` {
			t.Errorf("in the end %c has %s", n.name, got)
		}
	}
}

func jsonOf(t *testing.T, n *node, key string) string {
	t.Helper()
	rec, err := n.Get("people", key)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc.AppendJSON(nil, crdt.FormatPlain))
}

// TestRecordsAreKnown: whatever is written, removed, forgotten, left and given up, opened and read meanwhile, no document passes for
// lost that has no record and should have none; and each that should is told from those. The oracle are the records.
func TestRecordsAreKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, o := newNode(t, 'a'), newNode(t, 'o')
		keys := make([]string, 12)
		for i := range keys {
			keys[i] = fmt.Sprintf("k%02d", i)
		}
		anyKey := rapid.SampledFrom(keys)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			key := anyKey.Draw(t, "key")
			switch rapid.SampledFrom([]string{"write", "remove", "pull", "forget", "give up", "leave", "fail", "open", "hash"}).Draw(t, "do") {
			case "write":
				a.write(t, "people", change{key: key, json: `1`}, change{key: anyKey.Filter(func(k string) bool { return k != key }).Draw(t, "and"), json: `2`})
			case "remove":
				a.write(t, "people", change{key: key})
			case "pull":
				o.write(t, "people", change{key: key, json: `3`})
				a.pull(t, "people", o)
			case "forget":
				a.hash(t, "people")
				err := a.Update(func(b *storage.Batch) error {
					_, err := b.Forget("people", a.knowledge(t, "people"), "", "", keys)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			case "give up":
				if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", key, key+"\x00") }); err != nil {
					t.Fatal(err)
				}
			case "leave":
				err := a.Update(func(b *storage.Batch) error {
					if err := b.Leave("people", []crdt.Range{{From: key}}); err != nil {
						return err
					}
					_, _, err := b.Drop("people", key, "", 100)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			case "fail": // nothing of it has happened
				if err := a.Update(func(b *storage.Batch) error { return errors.Join(b.Forfeit("people", "", ""), errors.New("no")) }); err == nil {
					t.Fatal("it did not fail")
				}
			case "open":
				a.store = a.store.Kill()
				a.open(t, storage.Options{})
			case "hash":
				a.hash(t, "people")
			}
			if rapid.Bool().Draw(t, "look") {
				recordsAreKnown(t, a, keys)
			}
		}
		recordsAreKnown(t, a, keys)
	})
}

func recordsAreKnown(t *rapid.T, a *node, keys []string) {
	for _, key := range keys {
		rec, err := a.Get("people", key)
		if err != nil {
			t.Fatal(err)
		}
		listed := func() error { // as if there were none
			return a.Update(func(b *storage.Batch) error { return b.Listed("people", storage.Record{Key: key}) })
		}
		there := len(rec.Heads) > 0 || rec.Exists()
		if err := listed(); there != errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("%s has a record: %t; missed: %v", key, there, err)
		}
		v, err := a.View("people")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Absent(key); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		v.Close()
	}
}
