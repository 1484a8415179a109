package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// forget forgets what a horizon counts, at most limit removals at a time.
func (n *node) forget(t failer, coll string, horizon crdt.Knowledge, limit int) (dropped int) {
	t.Helper()
	for from, more := "", true; more; {
		v, err := n.View(coll)
		if err != nil {
			t.Fatalf("view of %c: %v", n.name, err)
		}
		keys, next, err := v.Forgettable(horizon, from, limit)
		if err = errors.Join(err, v.Close()); err != nil {
			t.Fatalf("list removals of %c: %v", n.name, err)
		}
		err = n.Update(func(b *storage.Batch) error {
			some, err := b.Forget(coll, horizon, from, next, keys)
			dropped += some
			return err
		})
		if err != nil {
			t.Fatalf("forget at %c: %v", n.name, err)
		}
		from, more = next, next != ""
	}
	return dropped
}

func (n *node) forgotten(t failer, coll string) crdt.Knowledge {
	t.Helper()
	v, err := n.View(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	f, err := v.Forgotten()
	if err = errors.Join(err, v.Close()); err != nil {
		t.Fatalf("what %c has forgotten: %v", n.name, err)
	}
	return f
}

// TestForget removes documents before and after a horizon, and forgets: of
// those before it nothing is left, all else is as it was, also in a store that
// is opened again.
func TestForget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := newNode(t, 'a')
		const keys = 12
		state := [keys]string{} // "", "live", "old" or "new": when it was removed
		var horizon crdt.Knowledge
		for _, when := range []string{"old", "new"} {
			for range rapid.IntRange(0, 15).Draw(t, "changes") {
				i := rapid.IntRange(0, keys-1).Draw(t, "key")
				if key := fmt.Sprintf("k%02d", i); state[i] == "live" {
					n.write(t, "c", change{key: key})
					state[i] = when
				} else {
					n.write(t, "c", change{key: key, json: `{"x":1}`})
					state[i] = "live"
				}
			}
			if when == "old" {
				horizon = n.knowledge(t, "c")
			}
		}
		n.hash(t, "c")
		root, old := n.root(t, "c"), 0
		for _, s := range state {
			if s == "old" {
				old++
			}
		}
		if dropped := n.forget(t, "c", horizon, rapid.IntRange(1, 5).Draw(t, "limit")); dropped != old {
			t.Fatalf("%d removals were forgotten of %d", dropped, old)
		}
		n.open(t, storage.Options{})
		forgotten := n.forgotten(t, "c")
		if r := forgotten.Ranges(); len(r) > 2 || !horizon.Covers(forgotten) || old == 0 && !forgotten.Equal(crdt.Knowledge{}) {
			t.Fatalf("forgotten is %s, the horizon %s", forgotten, horizon)
		}
		for i, s := range state {
			if key := fmt.Sprintf("k%02d", i); s == "old" && !forgotten.At(key).Equal(horizon.At(key)) {
				t.Fatalf("forgotten of %s is %s", key, forgotten.At(key))
			}
			rec, err := n.Get("c", fmt.Sprintf("k%02d", i))
			if err != nil || rec.Exists() != (s == "live") || (len(rec.Heads) > 0) != (s == "live" || s == "new") {
				t.Fatalf("k%02d is %q: %+v, %v", i, s, rec, err)
			}
		}
		if found, err := n.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("verify: %v, %v", found, err)
		}
		if n.root(t, "c") != root {
			t.Fatal("another root")
		}
	})
}

// TestForgetWhatTheTreeShows: a removal that was not hashed yet stays, since
// nothing would tell the tree of it any more.
func TestForgetWhatTheTreeShows(t *testing.T) {
	n := newNode(t, 'a')
	n.write(t, "c", change{key: "k", json: `1`})
	n.hash(t, "c")
	n.write(t, "c", change{key: "k"})
	if n.forget(t, "c", n.knowledge(t, "c"), 10) != 0 {
		t.Error("forgotten before it was hashed")
	}
	n.hash(t, "c")
	if n.forget(t, "c", n.knowledge(t, "c"), 10) != 1 {
		t.Error("not forgotten")
	}
}

// behind are a replica that has removed and forgotten x, one that holds it, and
// a third that has heard of neither; and the frame from the first to the third.
func behind(t *testing.T) (forgetter, holder, third *node, f storage.Frame) {
	t.Helper()
	forgetter, holder, third = newNode(t, 's'), newNode(t, 't'), newNode(t, 'r')
	third.write(t, "c", change{key: "y", json: `1`})
	forgetter.pull(t, "c", third)
	holder.write(t, "c", change{key: "x", json: `{"old":1}`})
	forgetter.pull(t, "c", holder)
	forgetter.write(t, "c", change{key: "x"})
	forgetter.hash(t, "c")
	if forgetter.forget(t, "c", forgetter.knowledge(t, "c"), 10) != 1 {
		t.Fatal("nothing was forgotten")
	}
	f = forgetter.frames(t, "c", third.knowledge(t, "c"), 10)[0]
	f.Forgotten = forgetter.forgotten(t, "c").At("x")
	return forgetter, holder, third, f
}

// TestEvidence: a frame of a replica that has forgotten more is merged only
// where it brings every document that its sender may have removed.
func TestEvidence(t *testing.T) {
	absent := storage.FrameDocument{Key: "x"}
	t.Run("nothing is held", func(t *testing.T) {
		_, _, r, f := behind(t)
		f.From, f.To = "x", "x\x00"
		if m := r.merge(t, "c", f); m.Skipped || !r.forgotten(t, "c").At("x").Equal(f.Forgotten) {
			t.Errorf("%+v, forgotten %s", m, r.forgotten(t, "c"))
		}
	})
	t.Run("not compared", func(t *testing.T) {
		_, h, r, f := behind(t)
		r.pull(t, "c", h)
		if m := r.merge(t, "c", f); !m.Skipped || m.Raised {
			t.Errorf("%+v", m)
		}
	})
	t.Run("came since it was compared", func(t *testing.T) {
		_, h, r, f := behind(t)
		f.Compared = r.knowledge(t, "c")
		r.pull(t, "c", h)
		if m := r.merge(t, "c", f); !m.Skipped || m.Raised {
			t.Errorf("%+v", m)
		}
	})
	t.Run("written since it was compared", func(t *testing.T) {
		_, _, r, f := behind(t)
		f.Compared = r.knowledge(t, "c")
		r.write(t, "c", change{key: "z", json: `1`})
		if m := r.merge(t, "c", f); m.Skipped {
			t.Errorf("%+v", m)
		}
	})
	t.Run("given up since it was compared", func(t *testing.T) {
		_, h, r, f := behind(t)
		r.pull(t, "c", h)
		r.write(t, "c", change{key: "x"})
		f.Compared, f.Base = r.knowledge(t, "c"), crdt.VersionVector{}
		err := r.Update(func(b *storage.Batch) error { return b.Forfeit("c", "", "") })
		if err != nil {
			t.Fatal(err)
		}
		r.pull(t, "c", h)
		if m := r.merge(t, "c", f); !m.Skipped {
			t.Errorf("%+v", m)
		}
	})
	t.Run("compared, and named", func(t *testing.T) {
		s, h, r, f := behind(t)
		r.pull(t, "c", h)
		f.Compared, f.Documents = r.knowledge(t, "c"), append(f.Documents, absent)
		m := r.merge(t, "c", f)
		rec, err := r.Get("c", "x")
		if err != nil || m.Skipped || len(m.Changed) != 1 || len(rec.Heads) > 0 {
			t.Errorf("%+v, %+v, %v", m, rec, err)
		}
		r.hash(t, "c")
		s.hash(t, "c")
		if r.root(t, "c") != s.root(t, "c") || !r.forgotten(t, "c").Equal(s.forgotten(t, "c")) {
			t.Errorf("another root, or forgotten %s", r.forgotten(t, "c"))
		}
	})
	t.Run("edited while it was removed", func(t *testing.T) {
		s, h, r, f := behind(t)
		r.pull(t, "c", h)
		r.write(t, "c", change{key: "x", json: `{"old":1,"new":2}`})
		f.Compared, f.Documents = r.knowledge(t, "c"), append(f.Documents, absent)
		r.merge(t, "c", f)
		s.pull(t, "c", r)
		for _, n := range []*node{r, s} {
			rec, err := n.Get("c", "x")
			if d, _ := crdt.Decode(rec.Body); err != nil || string(d.AppendJSON(nil, crdt.FormatPlain)) != `{"new":2}` {
				t.Errorf("%c holds %s, %v", n.name, d.AppendJSON(nil, crdt.FormatPlain), err)
			}
		}
	})
}

// TestAbsenceOfWhatIsNotForgotten: who says that a document is not there, and
// has seen changes of it that it does not count as forgotten, has lost it, or counted
// what a copy wrote. It is not believed (Law I), and to be told.
func TestAbsenceOfWhatIsNotForgotten(t *testing.T) {
	s, h, r, f := behind(t)
	forgotten := f.Forgotten
	h.write(t, "c", change{key: "w", json: `1`})
	r.pull(t, "c", h)
	s.pull(t, "c", h)
	f = s.frames(t, "c", r.knowledge(t, "c"), 10)[0]
	f.Forgotten, f.Compared, f.Documents = forgotten, r.knowledge(t, "c"), []storage.FrameDocument{{Key: "w"}, {Key: "x"}}
	m, err := r.tryMerge("c", f)
	if err != nil || len(m.Rescued) != 1 || m.Rescued[0].Key != "w" || len(m.Changed) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if rec, err := r.Get("c", "w"); err != nil || !rec.Exists() {
		t.Errorf("%+v, %v", rec, err)
	}
}

// TestAbsentWithoutATree: a store that has lost a document and its whole tree does
// not say that the document is not there.
func TestAbsentWithoutATree(t *testing.T) {
	n := newNode(t, 'a')
	n.write(t, "c", change{key: "k", json: `1`}, change{key: "l", json: `1`})
	n.hash(t, "c")
	damage(t, n, "dc\x00k", drop)
	damage(t, n, "tc\x00", drop)
	if sure, err := n.view(t, "c").Absent("k"); sure || !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("%t, %v", sure, err)
	}
	n.write(t, "c", change{key: "m", json: `1`}) // now the tree need not show everything
	if sure, err := n.view(t, "c").Absent("k"); sure || !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("behind: %t, %v", sure, err)
	}
	entry := entriesOf(t, n, "c", "k")
	under(t, n, func(tx storage.Tx) error { return tx.Delete(entry[0].Key) })
	n.store = n.store.Kill()
	n.open(t, storage.Options{}) // nothing that is left names it
	if sure, err := n.view(t, "c").Absent("k"); sure || err != nil {
		t.Errorf("without its entry: %t, %v", sure, err)
	}
}

// TestAbsent: that a document is not there is evidence only if the tree bears
// it out.
func TestAbsent(t *testing.T) {
	n := newNode(t, 'a')
	for i := range 100 {
		n.write(t, "c", change{key: fmt.Sprintf("k%02d", i), json: `1`})
	}
	absent := func(key string) (bool, error) { return n.view(t, "c").Absent(key) }
	if sure, err := absent("k50x"); sure || err != nil {
		t.Errorf("not hashed: %t, %v", sure, err)
	}
	n.hash(t, "c")
	for key, want := range map[string]bool{"k50x": true, "k50": false, "a": true, "z": true} {
		if sure, err := absent(key); sure != want || err != nil {
			t.Errorf("%s: %t, %v", key, sure, err)
		}
	}
	err := n.store.Update(func(tx storage.Tx) error { return tx.Delete([]byte("dc\x00k50")) })
	if err != nil {
		t.Fatal(err)
	}
	if sure, err := absent("k50"); sure || !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("lost: %t, %v", sure, err)
	}
}
