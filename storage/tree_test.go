package storage_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"pgregory.net/rapid"
)

// fresh is a replica that hears of everything that n has, at once.
func fresh(t failer, n *node, coll string) *node {
	f := &node{store: memory.New(), name: 'f', rand: &nonces{name: 'f'}}
	f.open(t, storage.Options{})
	f.pull(t, coll, n)
	return f
}

// TestTreeFollows hashes in small steps between random changes: once hashed,
// the tree is that of a replica which hashed everything at once.
func TestTreeFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		a.SortAtMost(rapid.SampledFrom([]int{2, 1 << 16}).Draw(t, "sorted"))
		key := func() string { return fmt.Sprintf("%03d", rapid.IntRange(0, 300).Draw(t, "key")) }
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			n := rapid.SampledFrom([]*node{a, b}).Draw(t, "node")
			var cs []change
			for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, 300), 1, 60, rapid.ID[int]).Draw(t, "keys") {
				cs = append(cs, change{key: fmt.Sprintf("%03d", k), json: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "json")})
			}
			n.write(t, "people", cs...)
			switch rapid.IntRange(0, 6).Draw(t, "then") {
			case 5, 6:
				a.hash(t, "people")
			case 0:
				a.pull(t, "people", b)
			case 1:
				from := key()
				if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", from, from+"~") }); err != nil {
					t.Fatal(err)
				}
			case 2:
				if err := a.Update(func(b *storage.Batch) error { return b.RebuildTree("people") }); err != nil {
					t.Fatal(err)
				}
			}
			for range rapid.IntRange(0, 4).Draw(t, "hash") {
				if err := a.Update(func(b *storage.Batch) error { _, err := b.HashTree("people", 3); return err }); err != nil {
					t.Fatal(err)
				}
			}
		}
		a.hash(t, "people")
		if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("verify: %v %v", found, err)
		}
		f := fresh(t, a, "people")
		f.hash(t, "people")
		if a.root(t, "people") != f.root(t, "people") {
			t.Fatalf("the root is not that of the same documents hashed at once")
		}
	})
}

// Many scattered changes are hashed a few leaves at a time, each of them.
func TestTreeInSmallSteps(t *testing.T) {
	a := newNode(t, 'a')
	var all, some []change
	for i := range 600 {
		all = append(all, change{key: fmt.Sprintf("%03d", i), json: `1`})
		if i%20 == 7 {
			some = append(some, change{key: fmt.Sprintf("%03d", i), json: `2`})
		}
	}
	a.write(t, "people", all...)
	a.hash(t, "people")
	a.write(t, "people", some...)
	a.hash(t, "people")
	f := fresh(t, a, "people")
	if f.hash(t, "people"); a.root(t, "people") != f.root(t, "people") {
		t.Error("another root than that of the same documents hashed at once")
	}
}

// What changes between two steps is hashed too.
func TestTreeInSmallStepsBetweenChanges(t *testing.T) {
	a := newNode(t, 'a')
	every := func(from, step int, json string) (cs []change) {
		for i := from; i < 2000; i += step {
			cs = append(cs, change{key: fmt.Sprintf("%04d", i), json: json})
		}
		return cs
	}
	a.write(t, "people", every(0, 1, `1`)...)
	a.hash(t, "people")
	b := fresh(t, a, "people")
	b.write(t, "people", every(237, 400, `3`)...)
	a.write(t, "people", every(0, 400, `2`)...)
	v := a.view(t, "people")
	for _, frame := range b.frames(t, "people", v.Knowledge(), 1) {
		if err := a.Update(func(b *storage.Batch) error { _, err := b.HashTree("people", 2); return err }); err != nil {
			t.Fatal(err)
		}
		a.merge(t, "people", frame)
	}
	a.hash(t, "people")
	f := fresh(t, a, "people")
	if f.hash(t, "people"); a.root(t, "people") != f.root(t, "people") {
		t.Error("another root than that of the same documents hashed at once")
	}
}

// What comes back into a range that was lost is hashed again, although it was
// before.
func TestTreeAfterForfeitAndRefill(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	b.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `2`})
	a.pull(t, "people", b)
	a.hash(t, "people")
	want := a.root(t, "people")
	err := a.Update(func(b *storage.Batch) error {
		if err := b.Forfeit("people", "", ""); err != nil {
			return err
		}
		_, err := b.HashTree("people", 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a.pull(t, "people", b)
	a.hash(t, "people")
	if a.root(t, "people") != want {
		t.Error("another root")
	}
}

func TestRootIsOfTheViewOrNone(t *testing.T) {
	a := newNode(t, 'a')
	if a.root(t, "people") != sha256.Sum256(nil) {
		t.Error("the root of nothing")
	}
	a.write(t, "people", change{key: "ann", json: `1`})
	old := a.view(t, "people")
	if _, ok, err := old.Root(); ok || err != nil {
		t.Errorf("not hashed yet: %v %v", ok, err)
	}
	a.hash(t, "people")
	one := a.root(t, "people")
	if _, ok, _ := old.Root(); ok {
		t.Error("a view from before")
	}
	a.write(t, "people", change{key: "ann", json: ``})
	a.hash(t, "people")
	if a.root(t, "people") != sha256.Sum256(nil) || one == sha256.Sum256(nil) {
		t.Error("a removed document is in the root")
	}
}

func TestTreeWalk(t *testing.T) {
	a := newNode(t, 'a')
	var cs []change
	for i := range 500 {
		cs = append(cs, change{key: fmt.Sprintf("%03d", i), json: `1`})
	}
	a.write(t, "people", cs...)
	a.hash(t, "people")
	v := a.view(t, "people")
	height, err := v.Height()
	if err != nil || height < 1 {
		t.Fatalf("height %d %v", height, err)
	}
	documents := 0
	var walk func(level int, boundary string, count uint64)
	walk = func(level int, boundary string, count uint64) {
		if level == 0 {
			docs, err := v.Listing(boundary)
			if err != nil || uint64(len(docs)) != count {
				t.Fatalf("leaf %q: %d documents %v, want %d", boundary, len(docs), err, count)
			}
			documents += len(docs)
			return
		}
		children, err := v.Children(level, boundary)
		if err != nil || len(children) == 0 {
			t.Fatalf("node %d %q: %v %v", level, boundary, children, err)
		}
		for _, c := range children {
			walk(level-1, c.Boundary, c.Count)
		}
	}
	walk(height, "", 500)
	if documents != 500 {
		t.Errorf("%d documents", documents)
	}
}

func TestDamagedTreeIsMadeAgain(t *testing.T) {
	a := newNode(t, 'a')
	var cs []change
	for i := range 300 {
		cs = append(cs, change{key: fmt.Sprintf("%03d", i), json: `1`})
	}
	a.write(t, "people", cs...)
	a.hash(t, "people")
	want := a.root(t, "people")
	damage(t, a, "tpeople", flip)
	if _, _, err := a.view(t, "people").Root(); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("root of a damaged tree: %v", err)
	}
	found, err := a.VerifyRange("people", "", "")
	if err != nil || len(found) != 1 || found[0].Problem != storage.ProblemTree {
		t.Errorf("verify: %v %v", found, err)
	}
	a.write(t, "people", change{key: "050", json: `2`}, change{key: "150", json: `2`})
	a.hash(t, "people")
	a.write(t, "people", change{key: "050", json: `1`}, change{key: "150", json: `1`})
	a.hash(t, "people")
	if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("verify: %v %v", found, err)
	}
	f := fresh(t, a, "people")
	f.hash(t, "people")
	if got := a.root(t, "people"); got != f.root(t, "people") || got == want {
		t.Error("the tree was not made again")
	}

	// A mark that is lost or damaged only costs the hashing.
	want = a.root(t, "people")
	for _, fn := range []func(storage.Tx, storage.Item) error{flip, drop} {
		damage(t, a, "upeople", fn)
		a.hash(t, "people")
		if a.root(t, "people") != want {
			t.Error("another root after the mark was damaged")
		}
	}
}

// A leaf that was hashed from other content is found, and made again.
func TestVerifyFindsAForeignTree(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	b.write(t, "people", change{key: "ann", json: `2`})
	a.hash(t, "people")
	b.hash(t, "people")
	nodes := dump(t, b.store)
	damage(t, a, "tpeople", func(tx storage.Tx, item storage.Item) error {
		for _, o := range nodes {
			if string(o.Key) == string(item.Key) {
				return tx.Set(o.Key, o.Value)
			}
		}
		return nil
	})
	found, err := a.VerifyRange("people", "", "")
	if err != nil || len(found) != 1 || found[0].Problem != storage.ProblemTree {
		t.Fatalf("verify: %v %v", found, err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.RebuildTree("people") }); err != nil {
		t.Fatal(err)
	}
	a.hash(t, "people")
	if found, err = a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("after RebuildTree: %v %v", found, err)
	}
}

// A document has changed, is not hashed yet, and a peer then takes away, of its heads, the one that says so, and
// nothing else: it is hashed nevertheless.
func TestHeadThatSaidWhatToHashIsGone(t *testing.T) {
	a, b, c, s, peer := newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c'), newNode(t, 's'), newNode(t, 'p')
	for n, json := range map[*node]string{a: `{"x":1}`, b: `{"y":2}`, c: `{"z":3}`} {
		n.write(t, "people", change{key: "ann", json: json})
	}
	s.pull(t, "people", a)
	s.pull(t, "people", c)
	s.hash(t, "people")
	s.pull(t, "people", b)
	peer.pull(t, "people", a)
	peer.pull(t, "people", b)
	f := peer.frames(t, "people", crdt.Knowledge{}, 10)[0]
	doc := &f.Documents[0]
	doc.Heads = slices.DeleteFunc(slices.Clone(doc.Heads), func(h crdt.Dot) bool { return h.Replica == b.Replica() })
	if m := s.merge(t, "people", f); len(m.Changed) > 0 || len(m.Refused) > 0 {
		t.Fatalf("%+v", m)
	}
	rec, err := s.Get("people", "ann")
	if err != nil || len(rec.Heads) != 2 {
		t.Fatalf("%+v, %v", rec, err)
	}
	s.hash(t, "people")
	fresh := fresh(t, s, "people")
	if fresh.hash(t, "people"); s.root(t, "people") != fresh.root(t, "people") {
		t.Error("the tree has the document as it was before")
	}
}
