package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// wide is a document of some 30 KB whose field i has the value v.
func wide(i, v int) string {
	var b strings.Builder
	for n := range 300 {
		fmt.Fprintf(&b, `,"field-%03d":"%d %s"`, n, n*n*n, strings.Repeat("x", n%90))
	}
	return fmt.Sprintf(`{"changed-%d":%d%s}`, i, v, b.String())
}

// library is two nodes with large documents, in pieces and splices, one of
// them with a conflict, beside small ones.
func library(t testing.TB) (a, b *node) {
	a, b = newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "m", json: wide(0, 0)}, change{key: "m/x", json: wide(0, 0)}, change{key: "zoe", json: `3`})
	b.pull(t, "people", a)
	for i := range 5 {
		a.write(t, "people", change{key: "m", json: wide(0, i+1)})
	}
	b.write(t, "people", change{key: "m", json: wide(0, 99)})
	a.pull(t, "people", b)
	b.pull(t, "people", a)
	a.hash(t, "people")
	b.hash(t, "people")
	return a, b
}

// beside counts what the store holds in the key spaces of parts and conflicts
// for keys that begin with key.
func beside(t testing.TB, a *node, key string) (parts, conflicts int) {
	for _, item := range dump(t, a.store) {
		switch {
		case bytes.HasPrefix(item.Key, []byte("ppeople\x00"+key+"\x00")):
			parts++
		case bytes.HasPrefix(item.Key, []byte("xpeople\x00"+key)):
			conflicts++
		}
	}
	return parts, conflicts
}

// What goes wrong beside a record is found, named, and healed without losing
// the document, if that is whole.
func TestVerifyBesideRecords(t *testing.T) {
	stray := func(key string) func(storage.Tx, storage.Item) error {
		return func(tx storage.Tx, item storage.Item) error { return tx.Set([]byte(key), item.Value) }
	}
	for name, c := range map[string]struct {
		prefix string
		fn     func(storage.Tx, storage.Item) error
		key    string
		want   storage.Problem
	}{
		"piece flipped":           {"ppeople\x00m\x00\x01\x00\x00", flip, "m", storage.ProblemRecord},
		"piece lost":              {"ppeople\x00m\x00\x01\x00\x01", drop, "m", storage.ProblemRecord},
		"splice lost":             {"ppeople\x00m\x00\x02\x00\x01", drop, "m", storage.ProblemRecord},
		"layout lost":             {"ppeople\x00m\x00\x00", drop, "m", storage.ProblemRecord},
		"another splice":          {"ppeople\x00m\x00\x02\x00\x01", stray("ppeople\x00m\x00\x02\x00\x00"), "m", storage.ProblemRecord},
		"splice of none":          {"ppeople\x00m\x00\x02\x00\x01", stray("ppeople\x00m\x00\x02\x01\x00"), "m", storage.ProblemIndex},
		"piece of none":           {"ppeople\x00m\x00\x02\x00\x01", stray("ppeople\x00m\x00\x01\x01\x00"), "m", storage.ProblemIndex},
		"part of a small one":     {"ppeople\x00m\x00\x00", stray("ppeople\x00ann\x00\x00\x00\x00"), "ann", storage.ProblemIndex},
		"part without a document": {"ppeople\x00m\x00\x00", stray("ppeople\x00bob\x00\x00\x00\x00"), "bob", storage.ProblemIndex},
		"conflict lost":           {"xpeople\x00m", drop, "m", storage.ProblemIndex},
		"conflict of another":     {"xpeople\x00m", stray("xpeople\x00m/x"), "m/x", storage.ProblemIndex},
		"conflict of none":        {"xpeople\x00m", stray("xpeople\x00bob"), "bob", storage.ProblemIndex},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := library(t)
			damage(t, a, c.prefix, c.fn)
			a.ForgetBodies()
			found, err := a.VerifyRange("people", "", "")
			if err != nil || len(found) != 1 || found[0].Key != c.key || found[0].Problem != c.want {
				t.Fatalf("found %v %v, want %s of %s", found, err, c.want, c.key)
			}
			if one, err := a.VerifyKeys("people", []string{c.key}); err != nil || !slices.Equal(one, found) {
				t.Errorf("of that key: %v %v", one, err)
			}
			if other, err := a.VerifyKeys("people", []string{"zoe", "a"}); err != nil || len(other) > 0 {
				t.Errorf("of others: %v %v", other, err)
			}
			heal := func(b *storage.Batch) error { return b.Reindex("people", []string{c.key}) }
			if c.want == storage.ProblemRecord {
				heal = func(b *storage.Batch) error { return b.Forfeit("people", c.key, c.key+"\x00") }
			}
			if err := a.Update(heal); err != nil {
				t.Fatal(err)
			}
			if parts, conflicts := beside(t, a, "m\x00"); c.want == storage.ProblemRecord && parts+conflicts > 0 {
				t.Errorf("after Forfeit there are %d parts, %d conflicts", parts, conflicts)
			}
			a.pull(t, "people", b)
			if found, err = a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
				t.Errorf("healed: %v %v", found, err)
			}
			if a.hash(t, "people"); a.root(t, "people") != b.root(t, "people") {
				t.Error("healed, the roots differ")
			}
		})
	}
}

// Forfeit in small parts drops a large document as a whole, with all beside it.
func TestForfeitLargeDocuments(t *testing.T) {
	a, b := library(t)
	lost := []crdt.Range{{From: "b", To: "zoe"}}
	for steps := 0; len(lost) > 0; steps++ {
		err := a.Update(func(b *storage.Batch) (err error) {
			lost, err = b.ForfeitSome("people", lost, 3)
			return err
		})
		if err != nil || steps > 10 {
			t.Fatalf("%d steps: %v", steps, err)
		}
		if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("verify: %v %v", found, err)
		}
	}
	if parts, conflicts := beside(t, a, "m"); parts+conflicts > 0 {
		t.Errorf("%d parts, %d conflicts are left", parts, conflicts)
	}
	a.pull(t, "people", b)
	if a.hash(t, "people"); a.root(t, "people") != b.root(t, "people") {
		t.Error("refilled, the roots differ")
	}
}

func TestConflicted(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	var cs, ds []change
	for i := range 10 {
		cs = append(cs, change{key: fmt.Sprintf("k%d", i), json: `{"v":1}`})
		ds = append(ds, change{key: fmt.Sprintf("k%d", i), json: `{"v":2}`})
	}
	a.write(t, "people", cs...)
	a.write(t, "other", change{key: "k0", json: `1`})
	b.write(t, "people", ds[2:8]...)
	a.pull(t, "people", b)
	list := func(after string, limit int) string {
		keys, more, err := a.view(t, "people").Conflicted(after, limit)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(keys, more)
	}
	old := a.view(t, "people")
	for _, c := range []struct {
		after string
		limit int
		want  string
	}{
		{"", 100, "[k2 k3 k4 k5 k6 k7] false"}, {"", 2, "[k2 k3] true"}, {"k3", 4, "[k4 k5 k6 k7] false"},
		{"k3", 3, "[k4 k5 k6] true"}, {"k2x", 1, "[k3] true"}, {"k7", 5, "[] false"}, {"", 0, "[] true"},
	} {
		if got := list(c.after, c.limit); got != c.want {
			t.Errorf("%d after %q: %s, want %s", c.limit, c.after, got, c.want)
		}
	}
	a.write(t, "people", change{key: "k2", json: `{"v":3}`}, change{key: "k3"})
	if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", "k4", "k6") }); err != nil {
		t.Fatal(err)
	}
	if got := list("", 100); got != "[k6 k7] false" {
		t.Errorf("after a write, a removal and a forfeit: %s", got)
	}
	if keys, _, err := old.Conflicted("", 100); err != nil || len(keys) != 6 {
		t.Errorf("an old view lists %q %v", keys, err)
	}
	if keys, _, err := a.view(t, "other").Conflicted("", 100); err != nil || len(keys) > 0 {
		t.Errorf("another collection lists %q %v", keys, err)
	}
}

// A store of format 1 is read as it is, gets its index of conflicts when it is
// opened, and puts a large body into parts when that is written.
func TestUpgrade(t *testing.T) {
	a := newNode(t, 'a')
	body := make(map[string][]byte)
	for i := range 3000 {
		key := fmt.Sprintf("k%04d", i)
		a.write(t, "people", change{key: key, json: fmt.Sprintf(`{"n":%d}`, i)})
	}
	a.write(t, "people", change{key: "large", json: wide(0, 0)})
	err := a.Update(func(b *storage.Batch) error {
		for i := 0; i <= 3000; i += 2 { // as format 1 has it
			key := fmt.Sprintf("k%04d", i)
			if i == 3000 {
				key = "large"
			}
			rec, err := b.Get("people", key)
			if err != nil {
				return err
			}
			body[key] = bytes.Clone(rec.Body)
			if err := b.PutInline("people", key, rec.Heads, rec.Body, i%4 == 0 && i < 3000); err != nil {
				return err
			}
		}
		return b.SetFormat(1)
	})
	if err != nil {
		t.Fatal(err)
	}
	damage(t, a, "ppeople", drop)
	err = a.store.Update(func(tx storage.Tx) error { return tx.Set([]byte("xpeople\x00left over"), nil) })
	if err != nil {
		t.Fatal(err)
	}
	a.open(t, storage.Options{})
	keys, more, err := a.view(t, "people").Conflicted("", 1<<20)
	if err != nil || more || len(keys) != 750 || keys[1] != "k0004" {
		t.Errorf("%d keys %v %v", len(keys), more, err)
	}
	for key, want := range body {
		if rec, err := a.Get("people", key); err != nil || !bytes.Equal(rec.Body, want) {
			t.Errorf("%s has %d bytes, want %d: %v", key, len(rec.Body), len(want), err)
		}
	}
	if parts, _ := beside(t, a, "large"); parts > 0 {
		t.Errorf("%d parts before it is written", parts)
	}
	a.write(t, "people", change{key: "large", json: wide(1, 1)})
	if parts, _ := beside(t, a, "large"); parts < 3 {
		t.Errorf("%d parts once it is written", parts)
	}
	if rec, err := a.Get("people", "large"); err != nil || rec.Digest() != crdt.Digest(rec.Body) || !strings.Contains(string(rec.Body), "changed-1") {
		t.Errorf("written anew: %d bytes, %v", len(rec.Body), err)
	}
	found, err := a.VerifyRange("people", "", "")
	if err != nil || len(found) != 750 || found[0].Key != "k0000" || found[0].Problem != storage.ProblemIndex {
		t.Errorf("of records that wrongly say they have conflicts: %d findings %v", len(found), err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.Reindex("people", keys) }); err != nil {
		t.Fatal(err)
	}
	if found, err = a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("after Reindex: %v %v", found, err)
	}
	setFormat(t, a.store, 7)
	if _, err := storage.OpenDocuments(a.store, storage.Options{Device: device('a')}); !errors.Is(err, storage.ErrFormat) {
		t.Errorf("a later format: %v", err)
	}
}
