package storage_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// between is a store that lets a test act between a commit and the return of
// Update, and fail the Set of one key.
type between struct {
	storage.Store
	committed func()
	failSet   string // first byte of the keys
}

func (s *between) Update(fn func(storage.Tx) error) error {
	err := s.Store.Update(func(tx storage.Tx) error { return fn(&betweenTx{tx, s}) })
	if err == nil && s.committed != nil {
		s.committed()
	}
	return err
}

type betweenTx struct {
	storage.Tx
	s *between
}

func (t *betweenTx) Set(key, value []byte) error {
	if t.s.failSet != "" && key[0] == t.s.failSet[0] {
		return errTest
	}
	return t.Tx.Set(key, value)
}

// A view may be opened after a commit and before this process has taken note
// of it: it shows all of it, even of replicas that were unknown before.
func TestViewBetweenCommitAndReturn(t *testing.T) {
	a, store := newNode(t, 'a'), &between{Store: memory.New()}
	a.write(t, "people", change{key: "ann", json: `1`})
	f := oneFrame(t, a)
	d, err := storage.OpenDocuments(store, storage.Options{Device: device('b')})
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	store.committed = func() {
		v, err := d.View("people")
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		keys, _, err := v.Candidates(crdt.Know(crdt.Counters{{'x'}: 1}.Vector()), "", 10)
		if err != nil || !slices.Equal(keys, []string{"ann"}) {
			t.Errorf("candidates %q %v", keys, err)
		}
		if rec, err := v.Record("ann"); err != nil || !rec.Exists() {
			t.Errorf("record %v %v", rec, err)
		}
		if rec, err := d.Get("people", "ann"); err != nil || !rec.Exists() {
			t.Errorf("get %v %v", rec, err)
		}
		if h, ok, err := v.SignedHead(a.Replica()); err != nil || !ok || h.Counter != f.Heads[0].Counter {
			t.Errorf("signed head %v %v %v", h, ok, err)
		}
		seen = true
	}
	if err := d.Update(func(b *storage.Batch) error { _, err := b.Merge("people", f); return err }); err != nil || !seen {
		t.Fatalf("merge: %v, looked %v", err, seen)
	}
}

// An Update in which a write failed commits nothing, even if fn does not say so.
func TestSwallowedFailure(t *testing.T) {
	store := &between{Store: memory.New()}
	d, err := storage.OpenDocuments(store, storage.Options{Device: device('b')})
	if err != nil {
		t.Fatal(err)
	}
	for _, space := range []string{"d", "i", "f", "r"} {
		before := dump(t, store)
		store.failSet = space
		err := d.Update(func(b *storage.Batch) error {
			if err := writeIn(b, "people", 1, change{key: "ann", json: `1`}); !errors.Is(err, errTest) {
				t.Errorf("write: %v", err)
			}
			return nil
		})
		if !errors.Is(err, errTest) || !sameStore(before, dump(t, store)) {
			t.Errorf("%s: update: %v", space, err)
		}
	}
}

// What a durable view shows survives a power cut.
func TestViewDurable(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	v, err := a.ViewDurable("people")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	a.store = a.store.Crash()
	a.open(t, storage.Options{})
	if got := a.knowledge(t, "people"); !got.Equal(v.Knowledge()) {
		t.Errorf("after a power cut %v, the view showed %v", got, v.Knowledge())
	}
}

// Two stores that used the same dot for different content agree on one where one of them has written
// on, and their trees follow.
func TestForgedDots(t *testing.T) {
	a, clone := newNode(t, 'a'), newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `{"v":1}`}, change{key: "bob", json: `1`})
	clone.write(t, "people", change{key: "ann", json: `{"v":2}`}, change{key: "bob", json: `1`})
	clone.write(t, "people", change{key: "ann", json: `{"v":2,"w":1}`})
	forgedDots(t, a, clone, 1, func(storage.Merged) bool { return true })
	if a.root(t, "people") != clone.root(t, "people") {
		t.Errorf("roots %x and %x", a.root(t, "people"), clone.root(t, "people"))
	}
}

// Where each has seen the last change of the other both know that there is a copy, and nothing changes until that is
// repaired: under one dot both contents cannot stay.
func TestForgedDotsAlike(t *testing.T) {
	a, clone := newNode(t, 'a'), newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `1`})
	clone.write(t, "people", change{key: "ann", json: `2`}, change{key: "bob", json: `1`})
	forgedDots(t, a, clone, 0, func(m storage.Merged) bool { return m.Clone && len(m.Changed) == 0 })
	for n, want := range map[*node]string{a: `1`, clone: `2`} {
		rec, err := n.Get("people", "ann")
		if err != nil {
			t.Fatal(err)
		}
		d, err := crdt.Decode(rec.Body)
		if got := string(d.AppendJSON(nil, crdt.FormatPlain)); err != nil || got != want {
			t.Errorf("%s, %v: want %s as it was", got, err, want)
		}
	}
}

// forgedDots merges what each of two has into the other.
func forgedDots(t *testing.T, a, clone *node, forged int, ok func(storage.Merged) bool) {
	t.Helper()
	a.hash(t, "people")
	clone.hash(t, "people")
	fa, fc := oneFrame(t, a), oneFrame(t, clone)
	for n, f := range map[*node]storage.Frame{a: fc, clone: fa} {
		if m := n.merge(t, "people", f); m.Forged != forged || !m.Renewed || !ok(m) {
			t.Errorf("merged %+v", m)
		}
		n.hash(t, "people")
		if found, err := n.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Errorf("verify: %v %v", found, err)
		}
	}
}
