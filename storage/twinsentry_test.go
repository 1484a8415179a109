package storage_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestRewrittenTwin: where copies wrote two documents under one dot, who rewrites one of them, or gives it up, takes nothing of
// the other out of the index: it is sent to who lacks the dot, and nothing is damaged, before the index was read and after.
func TestRewrittenTwin(t *testing.T) {
	deeds := map[string]func(n *node){
		"written": func(n *node) { n.write(t, "c", change{key: "first1", json: `{"later":1}`}) },
		"removed": func(n *node) { n.write(t, "c", change{key: "first1"}) },
		"given up": func(n *node) {
			if err := n.Update(func(b *storage.Batch) error { return b.Forfeit("c", "first1", "first2") }); err != nil {
				t.Fatal(err)
			}
		},
		"left": func(n *node) {
			if err := n.Update(func(b *storage.Batch) error { return b.Leave("c", []crdt.Range{{From: "first1", To: "first2"}}) }); err != nil {
				t.Fatal(err)
			}
			if err := n.Update(func(b *storage.Batch) error {
				_, _, err := b.Drop("c", "first1", "first2", 10)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, deed := range deeds {
		for _, read := range []bool{false, true} {
			first, second, third := twins(t)
			base := crdt.Know(vector(first.Replica(), 1))
			if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", "second", "t") }); err != nil {
				t.Fatal(err)
			}
			if !read {
				third.store = third.store.Kill()
				third.open(t, storage.Options{})
			}
			for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
				third.merge(t, "c", f)
			}
			deed(third)
			if err := third.Enrol("c"); err != nil {
				t.Errorf("%s, read %v: %v", name, read, err)
			}
			keys, _, err := third.view(t, "c").Candidates(base, "", 10)
			if err != nil || !slices.Contains(keys, "second1") {
				t.Errorf("%s, read %v: who lacks the dot is sent %q, %v", name, read, keys, err)
			}
			if found, err := third.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
				t.Errorf("%s, read %v: %v, %v", name, read, found, err)
			}
		}
	}
}

// TestTwinsInOneFrame: a peer that has both sends both at once.
func TestTwinsInOneFrame(t *testing.T) {
	_, second, third := twins(t)
	if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", "second", "t") }); err != nil {
		t.Fatal(err)
	}
	for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
		third.merge(t, "c", f)
	}
	fourth := newNode(t, 'd')
	for _, f := range third.frames(t, "c", crdt.Knowledge{}, 10) {
		fourth.merge(t, "c", f)
	}
	fourth.write(t, "c", change{key: "second2", json: `{"later":1}`})
	if found, err := fourth.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	fourth.store = fourth.store.Kill()
	fourth.open(t, storage.Options{})
	if err := fourth.Enrol("c"); err != nil {
		t.Error(err)
	}
}

// TestTwinBesideItsChange: a frame brings the twin of a document that is here alone, and a change of that document. The change takes the
// name of its document out of the entry that the twin has come into, and not the entry.
func TestTwinBesideItsChange(t *testing.T) {
	_, second, third := twins(t)
	if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", "second", "t") }); err != nil {
		t.Fatal(err)
	}
	for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
		third.merge(t, "c", f)
	}
	fourth := newNode(t, 'd')
	for _, f := range second.frames(t, "c", crdt.Knowledge{}, 10) {
		if f.From = "second"; f.To != "" {
			t.Fatalf("a frame up to %s", f.To)
		}
		f.Documents = slices.DeleteFunc(f.Documents, func(d storage.FrameDocument) bool { return d.Key < f.From })
		fourth.merge(t, "c", f)
	}
	third.write(t, "c", change{key: "second1", json: `{"later":1}`}, change{key: "second2"})
	fs := third.frames(t, "c", crdt.Knowledge{}, 10)
	if len(fs) != 1 || len(fs[0].Documents) < 4 {
		t.Fatalf("%d frames", len(fs))
	}
	fourth.merge(t, "c", fs[0])
	if found, err := fourth.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	base := crdt.Know(vector(second.Replica(), 1))
	if keys, _, err := fourth.view(t, "c").Candidates(base, "", 10); err != nil || !slices.Contains(keys, "first1") || !slices.Contains(keys, "first2") {
		t.Errorf("who lacks the dots is sent %q, %v", keys, err)
	}
	if sum, is, err := fourth.IndexSum("c"); err != nil || sum != is {
		t.Errorf("the sum is %x, of the index %x, %v", sum, is, err)
	}
}

// TestTwinsOfFormat4: an entry of format 4 names one of two documents. Neither is damaged, either can be written on, and a
// write of the one that is not named leaves the other its entry.
func TestTwinsOfFormat4(t *testing.T) {
	_, second, third := twins(t)
	if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", "second", "t") }); err != nil {
		t.Fatal(err)
	}
	for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
		third.merge(t, "c", f)
	}
	named := 0
	under(t, third, func(tx storage.Tx) error {
		for _, item := range dump(t, third.store) {
			if _, last, two := bytes.Cut(item.Value, []byte{0}); two && bytes.HasPrefix(item.Key, []byte("ic\x00")) {
				named++
				if err := tx.Set(item.Key, last); err != nil {
					return err
				}
			}
		}
		return nil
	})
	setFormat(t, third.store, 4)
	third.store = third.store.Kill()
	third.open(t, storage.Options{})
	sound := func(when string) {
		if err := third.Enrol("c"); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		if found, err := third.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", when, found, err)
		}
	}
	sound("opened")
	third.write(t, "c", change{key: "first1", json: `{"later":1}`})
	sound("written")
	if err := third.Update(func(b *storage.Batch) error { return b.Reindex("c", []string{"first2"}) }); err != nil {
		t.Fatal(err)
	}
	third.write(t, "c", change{key: "second2", json: `{"later":1}`})
	sound("made anew, and written")
	if named != 2 {
		t.Errorf("%d entries named two", named)
	}
}

// TestEntryIsBounded: a peer that has hundreds of documents under one dot makes no entry that grows with them: a frame of
// them is one transaction, nothing is damaged, and all can be given up.
func TestEntryIsBounded(t *testing.T) {
	from, to := newNode(t, 'x'), newNode(t, 'b')
	var changes []change
	for i := range 300 {
		changes = append(changes, change{key: fmt.Sprintf("%04d%s", i, strings.Repeat("k", 1000)), json: `1`})
	}
	from.write(t, "c", changes...)
	f := from.frames(t, "c", crdt.Knowledge{}, 300)[0]
	for i := range f.Documents {
		f.Documents[i].Heads = f.Documents[0].Heads
	}
	if m := to.merge(t, "c", f); len(m.Changed) != 300 {
		t.Errorf("%d documents were merged", len(m.Changed))
	}
	for _, item := range dump(t, to.store) {
		if n := bytes.Count(item.Value, []byte{0}) + 1; bytes.HasPrefix(item.Key, []byte("ic\x00")) && (n < 16 || len(item.Value) > 16<<10) {
			t.Errorf("an entry of %d bytes names %d documents", len(item.Value), n)
		}
	}
	if err := to.Enrol("c"); err != nil {
		t.Error(err)
	}
	if found, err := to.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	to.write(t, "c", change{key: changes[0].key, json: `2`}, change{key: changes[299].key, json: `2`})
	if found, err := to.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("written: %v, %v", found, err)
	}
	if err := to.Condemn("c", []crdt.Range{{}}); err != nil {
		t.Error(err)
	}
	if sum, is, err := to.IndexSum("c"); err != nil || sum != is {
		t.Errorf("given up: the sum is %x, of the index %x, %v", sum, is, err)
	}
}

// TestTwinsAtStake: what a peer says to have forgotten is held against each document that an entry names, not against all of
// them as one key; and cuts of the key space are keys.
func TestTwinsAtStake(t *testing.T) {
	_, second, third := twins(t)
	if err := third.Update(func(b *storage.Batch) error { return b.Forfeit("c", "second", "t") }); err != nil {
		t.Fatal(err)
	}
	for _, f := range second.frames(t, "c", third.knowledge(t, "c"), 10) {
		third.merge(t, "c", f)
	}
	cuts, err := third.view(t, "c").Split(8)
	if err != nil || len(cuts) == 0 {
		t.Errorf("cuts %q, %v", cuts, err)
	}
	for _, key := range cuts {
		if err := crdt.CheckKey(key); err != nil {
			t.Errorf("a cut at %q: %v", key, err)
		}
	}
	other := newNode(t, 'x')
	other.write(t, "c", change{key: "other", json: `1`})
	was := third.knowledge(t, "c")
	f := second.frames(t, "c", crdt.Knowledge{}, 10)[0]
	heads := append(f.Heads, other.frames(t, "c", crdt.Knowledge{}, 10)[0].Heads...)
	all := f.Vector.Merge(vector(other.Replica(), 1))
	f = storage.Frame{Vector: all, Forgotten: all, Compared: crdt.Know(vector(second.Replica(), 1)), Heads: heads}
	for _, key := range []string{"first1", "first2"} { // of the others nothing is said
		f.Documents = append(f.Documents, frameDocument(t, third.view(t, "c"), key))
	}
	if m := third.merge(t, "c", f); !m.Skipped || !third.knowledge(t, "c").Equal(was) {
		t.Errorf("a frame was taken that says nothing of documents that it may have forgotten: %+v", m)
	}
}
