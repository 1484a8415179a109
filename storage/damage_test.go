package storage_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// damage changes what n's store holds under every key that begins with prefix.
func damage(t failer, n *node, prefix string, fn func(tx storage.Tx, item storage.Item) error) {
	t.Helper()
	err := n.store.Update(func(tx storage.Tx) error {
		for _, item := range dump(t, n.store) {
			if bytes.HasPrefix(item.Key, []byte(prefix)) {
				if err := fn(tx, item); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("damage: %v", err)
	}
}

func flip(tx storage.Tx, item storage.Item) error {
	item.Value[len(item.Value)-1] ^= 1
	return tx.Set(item.Key, item.Value)
}

func drop(tx storage.Tx, item storage.Item) error { return tx.Delete(item.Key) }

func TestDamagedRecordIsNeverAbsent(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `2`}, change{key: "zoe", json: ``})
	a.write(t, "people", change{key: "ann", json: ``})
	for _, key := range []string{"ann", "bob"} {
		damage(t, a, "dpeople\x00"+key, flip)
		var d *storage.DamagedError
		_, err := a.Get("people", key)
		if !errors.Is(err, storage.ErrDamaged) || !errors.As(err, &d) || d.Collection != "people" || d.Key != key {
			t.Errorf("get %s: %v", key, err)
		}
		if _, err := a.view(t, "people").Record(key); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("record %s: %v", key, err)
		}
		if err := a.tryWrite("people", change{key: key, json: `3`}); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("write %s: %v", key, err)
		}
	}
	var errs int
	for _, err := range a.view(t, "people").List("", "") {
		if errors.Is(err, storage.ErrDamaged) {
			errs++
		}
	}
	if errs != 2 {
		t.Errorf("the list has %d errors, want 2", errs)
	}
	v := a.view(t, "people")
	keys, _, err := v.Candidates(crdt.Knowledge{}, "", 10)
	if err != nil || len(keys) != 2 {
		t.Errorf("candidates: %q, %v", keys, err)
	}
	if _, err := v.Record("bob"); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("record of a candidate: %v", err)
	}
}

func TestRecordUnderAnotherKeyIsDamage(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	damage(t, a, "dpeople\x00ann", func(tx storage.Tx, item storage.Item) error {
		return tx.Set([]byte("dpeople\x00bob"), item.Value)
	})
	if _, err := a.Get("people", "bob"); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestVerifyAndForfeit(t *testing.T) {
	for name, c := range map[string]struct {
		prefix string
		fn     func(storage.Tx, storage.Item) error
		want   []storage.Problem
	}{
		"record flipped": {"dpeople\x00m", flip, []storage.Problem{storage.ProblemRecord}},
		"record lost":    {"dpeople\x00m", drop, []storage.Problem{storage.ProblemCount, storage.ProblemMissing}},
		"index lost": {"ipeople\x00", func(tx storage.Tx, item storage.Item) error {
			if string(item.Value) == "m" {
				return tx.Delete(item.Key)
			}
			return nil
		}, []storage.Problem{storage.ProblemIndex}},
		"index of another": {"ipeople\x00", func(tx storage.Tx, item storage.Item) error {
			if string(item.Value) == "m" {
				return tx.Set(append(item.Key[:len(item.Key)-1:len(item.Key)-1], 99), item.Value)
			}
			return nil
		}, []storage.Problem{storage.ProblemIndex}},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newNode(t, 'a'), newNode(t, 'b')
			a.write(t, "people", change{key: "ann", json: `1`}, change{key: "m", json: `2`}, change{key: "zoe", json: `3`})
			b.pull(t, "people", a)
			damage(t, a, c.prefix, c.fn)
			found, err := a.VerifyRange("people", "", "")
			if err != nil {
				t.Fatal(err)
			}
			var problems []storage.Problem
			for _, f := range found {
				if problems = append(problems, f.Problem); f.Key != "m" && f.Problem != storage.ProblemCount {
					t.Errorf("finding %v is not about m", f)
				}
			}
			slices.Sort(problems)
			if !slices.Equal(problems, c.want) {
				t.Fatalf("found %v, want %v", found, c.want)
			}
			if other, err := a.VerifyRange("people", "n", ""); err != nil || len(other) > 0 {
				t.Errorf("elsewhere: %v %v", other, err)
			}
			if c.want[0] == storage.ProblemIndex {
				wantReindexed(t, a)
				damage(t, a, c.prefix, c.fn)
			}
			if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", "m", "m\x00") }); err != nil {
				t.Fatal(err)
			}
			if found, err = a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
				t.Fatalf("after Forfeit: %v %v", found, err)
			}
			a.pull(t, "people", b)
			rec, err := a.Get("people", "m")
			if err != nil || !rec.Exists() || a.view(t, "people").Count() != 3 {
				t.Errorf("after a drain: %+v %v", rec, err)
			}
		})
	}
}

// A document whose record is lost must not be offered as one that is absent.
func TestCandidateWithoutRecord(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	known := a.knowledge(t, "people")
	a.write(t, "people", change{key: "bob", json: `2`})
	damage(t, a, "dpeople\x00bob", drop)
	v := a.view(t, "people")
	keys, _, err := v.Candidates(known, "", 10)
	if err != nil || !slices.Equal(keys, []string{"bob"}) {
		t.Fatalf("candidates %q %v", keys, err)
	}
	if _, err := v.Record("bob"); !errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), "people/bob") {
		t.Errorf("record: %v", err)
	}
	if rec, err := v.Record("cyd"); err != nil || rec.Exists() {
		t.Errorf("a key that never was: %v %v", rec, err)
	}
}

// The same where candidates are read from the records, which say nothing of one
// that is lost.
func TestCandidatesWithoutRecord(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `2`}, change{key: "cyd", json: `3`})
	b.write(t, "people", change{key: "bob", json: `4`}, change{key: "dan", json: ``})
	a.pull(t, "people", b)
	fresh := func() error {
		v := a.view(t, "people")
		if _, _, err := v.Candidates(crdt.Knowledge{}, "", 10); err != nil {
			return err
		}
		_, err := v.Record("ann")
		return err
	}
	if err := fresh(); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{"dpeople\x00bob", "ipeople\x00"} {
		was := dump(t, a.store)
		damage(t, a, prefix, drop)
		if err := fresh(); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("without %q: %v", prefix, err)
		}
		err := a.store.Update(func(tx storage.Tx) error {
			for _, item := range was {
				if err := tx.Set(item.Key, item.Value); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A lost record must not turn into a deletion when somebody edits the document.
func TestMergeOverALostRecord(t *testing.T) {
	for name, edit := range map[string]string{"edit": `{"x":1,"y":3}`, "removal": ``} {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		a.write(t, "people", change{key: "ann", json: `{"x":1,"y":2}`})
		a.write(t, "people", change{key: "bob", json: `1`})
		b.write(t, "people", change{key: "ann", json: `{"z":1}`})
		b.pull(t, "people", a)
		a.pull(t, "people", b)
		damage(t, b, "dpeople\x00ann", drop)
		before := dump(t, b.store)
		a.write(t, "people", change{key: "ann", json: edit})
		f := a.frames(t, "people", b.knowledge(t, "people"), 10)[0]
		var d *storage.DamagedError
		if _, err := b.tryMerge("people", f); edit != "" && (!errors.As(err, &d) || d.Key != "ann") {
			t.Errorf("%s: merge over a lost record: %v", name, err)
		} else if edit != "" && !sameStore(before, dump(t, b.store)) {
			t.Errorf("%s: something was written", name)
		}
		if err := b.Update(func(batch *storage.Batch) error { return batch.Forfeit("people", "ann", "ann\x00") }); err != nil {
			t.Fatal(err)
		}
		b.pull(t, "people", a)
		ra, _ := a.Get("people", "ann")
		if rb, err := b.Get("people", "ann"); err != nil || !bytes.Equal(ra.Body, rb.Body) {
			t.Errorf("%s: refilled %v %v", name, rb, err)
		}
	}
}

func TestDamagedStoreIsRefused(t *testing.T) {
	for _, prefix := range []string{"cpeople", "mincarnations", "mformat", "mstop", "r"} {
		a := newNode(t, 'a')
		a.write(t, "people", change{key: "ann", json: `1`})
		damage(t, a, prefix, flip)
		if _, err := storage.OpenDocuments(a.store, storage.Options{Device: device('a')}); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("%s: %v", prefix, err)
		}
	}
}

// Damage of what only proves something costs the proof, not the store: local
// writes and merges go on.
func TestDamagedProofs(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`})
	b.write(t, "people", change{key: "bob", json: `1`})
	b.pull(t, "people", a)
	damage(t, b, "fpeople", flip)
	damage(t, b, "hpeople", flip)
	b.open(t, storage.Options{})
	b.write(t, "people", change{key: "cyd", json: `1`})
	v := b.view(t, "people")
	if _, ok, err := v.SignedHead(a.Replica()); ok || err != nil {
		t.Errorf("a damaged head: %v %v", ok, err)
	}
	a.write(t, "people", change{key: "dan", json: `1`})
	f := a.frames(t, "people", b.knowledge(t, "people"), 10)[0]
	forged := f
	forged.Heads = nil
	if _, err := b.tryMerge("people", forged); !errors.Is(err, storage.ErrUnsigned) {
		t.Errorf("what nobody has signed: %v", err)
	}
	old := storage.Frame{Vector: crdt.Counters{a.Replica(): 1}.Vector()}
	if _, err := b.tryMerge("people", old); err != nil {
		t.Errorf("what is known already: %v", err)
	}
	b.pull(t, "people", a)
	if _, ok, err := b.view(t, "people").SignedHead(a.Replica()); !ok || err != nil {
		t.Errorf("the next head: %v %v", ok, err)
	}
	a.pull(t, "people", b)
	for _, n := range []*node{a, b} {
		n.hash(t, "people")
	}
	if a.root(t, "people") != b.root(t, "people") {
		t.Error("roots differ")
	}
}

// wantReindexed heals the index of m without losing anything.
func wantReindexed(t *testing.T, a *node) {
	t.Helper()
	knew, replica := a.knowledge(t, "people"), a.Replica()
	err := a.Update(func(b *storage.Batch) error { return b.Reindex("people", []string{"m", "none"}) })
	if err != nil {
		t.Fatal(err)
	}
	if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("after Reindex: %v %v", found, err)
	}
	if rec, err := a.Get("people", "m"); err != nil || !rec.Exists() {
		t.Errorf("after Reindex: %+v %v", rec, err)
	}
	if a.Replica() != replica || !a.knowledge(t, "people").Equal(knew) {
		t.Error("Reindex took dots or knowledge")
	}
}
