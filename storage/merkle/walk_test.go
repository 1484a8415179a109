package merkle_test

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

func large(t testing.TB, n int) *fixture {
	f := &fixture{collection: "c"}
	for i := range n {
		f.set(fmt.Sprintf("key/%07d", i), i)
	}
	if next, err := f.tree().Build("", "", math.MaxInt); err != nil || next != "" {
		t.Fatalf("Build = %q, %v", next, err)
	}
	return f
}

// TestWalk reads a tree page by page, down to its documents.
func TestWalk(t *testing.T) {
	f := large(t, 5000)
	w := f.walk()
	root, top, err := w.Root()
	if err != nil || root.Count != 5000 {
		t.Fatalf("Root = %+v, %v", root, err)
	}
	names := []string{""}
	for level := top; level > 0; level-- {
		var below []string
		for _, name := range names {
			for from, more := "", true; more; {
				var page []merkle.Child
				if page, more, err = w.Children(level, name, from, 3); err != nil || len(page) == 0 {
					t.Fatalf("Children(%d, %q, %q) = %v, %v", level, name, from, page, err)
				}
				for _, c := range page {
					below = append(below, c.Boundary)
				}
				from = page[len(page)-1].Boundary + "\x00"
			}
		}
		names = below
	}
	var keys []string
	for _, name := range names {
		for from, more := "", true; more; {
			var page []merkle.Document
			if page, more, err = w.Leaf(name, from, 7); err != nil || len(page) == 0 {
				t.Fatalf("Leaf(%q, %q) = %v, %v", name, from, page, err)
			}
			for _, d := range page {
				if i, there := f.documents.find(d.Key); !there || f.documents.pairs[i].value != d.Digest {
					t.Errorf("document %q has another digest", d.Key)
				}
				keys = append(keys, d.Key)
			}
			from = page[len(page)-1].Key + "\x00"
		}
	}
	if len(keys) != 5000 || !slices.IsSorted(keys) {
		t.Errorf("the walk finds %d documents in order %v, want 5000", len(keys), slices.IsSorted(keys))
	}
}

func TestWalkNowhere(t *testing.T) {
	w := large(t, 100).walk()
	if c, more, err := w.Children(1, "no such boundary", "", 10); len(c) != 0 || more || err != nil {
		t.Errorf("Children of nothing = %v, %v, %v", c, more, err)
	}
	if d, more, err := w.Leaf("no such boundary", "", 10); len(d) != 0 || more || err != nil {
		t.Errorf("Leaf of nothing = %v, %v, %v", d, more, err)
	}
	if c, _, err := w.Children(0, "", "", 10); len(c) != 0 || err != nil {
		t.Errorf("Children of a leaf = %v, %v", c, err)
	}
	root, level, err := (&fixture{}).walk().Root()
	if root.Hash != merkle.EmptyRoot || root.Count != 0 || level != 0 || err != nil {
		t.Errorf("Root of nothing = %+v, %d, %v", root, level, err)
	}
}

// TestLevel pins the shape, which all replicas must share, and its proportions.
func TestLevel(t *testing.T) {
	counts := map[int]int{}
	for i := range 1 << 16 {
		counts[merkle.Level("people", fmt.Sprint(i))]++
	}
	within := func(name string, got, want int) {
		if got < want*9/10 || got > want*11/10 {
			t.Errorf("%s: %d, want about %d", name, got, want)
		}
	}
	within("leaves", 1<<16-counts[-1], 1<<12)
	within("leaves only", counts[0], 1<<12*7/8)
	for _, pin := range []struct {
		collection, key string
		level           int
	}{
		{"people", "person/0", -1},
		{"places", "person/0", -1},
		{"people", "person/1", -1},
		{"places", "person/1", -1},
		{"people", "person/16", 0},
		{"places", "person/16", -1},
		{"people", "person/23", 1},
		{"places", "person/23", 0},
		{"people", "person/24", 0},
		{"places", "person/24", -1},
		{"people", "person/80", 1},
		{"places", "person/80", -1},
	} {
		if got := merkle.Level(pin.collection, pin.key); got != pin.level {
			t.Errorf("Level(%q, %q) = %d, want %d", pin.collection, pin.key, got, pin.level)
		}
	}
}

// failing fails every Scan of documents.
type failing struct{ error }

func (f failing) Scan(string, string) iter.Seq2[merkle.Document, error] {
	return func(yield func(merkle.Document, error) bool) { yield(merkle.Document{}, f.error) }
}

func TestDocumentsFail(t *testing.T) {
	f := large(t, 100)
	broken := errors.New("disk on fire")
	tree := f.tree()
	tree.Documents = failing{broken}
	if _, err := tree.Rehash([]string{"key/0000001"}, 10); !errors.Is(err, broken) {
		t.Errorf("Rehash = %v", err)
	}
	if _, err := tree.Build("", "", 10); !errors.Is(err, broken) {
		t.Errorf("Build = %v", err)
	}
	w := f.walk()
	w.Documents = failing{broken}
	if _, _, err := w.Leaf("", "", 10); !errors.Is(err, broken) {
		t.Errorf("Leaf = %v", err)
	}
}

func BenchmarkRootAfterOneWrite(b *testing.B) {
	const n = 100_000
	f := large(b, n)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := fmt.Sprintf("key/%07d", i*7919%n)
		f.set(key, n+i)
		if _, err := f.tree().Rehash([]string{key}, 10); err != nil {
			b.Fatal(err)
		}
		if _, _, err := f.walk().Root(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	f := large(b, 100_000)
	for b.Loop() {
		clear(f.nodes[:])
		if _, err := f.tree().Build("", "", math.MaxInt); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLongRuns writes keys that were chosen never to begin a node: no node has
// more than MaxRun below it all the same, and the tree is that of the keys.
func TestLongRuns(t *testing.T) {
	f := &fixture{collection: "c"}
	want := map[string]merkle.Hash{}
	var dirty []string
	for i := 0; len(want) < 80_000; i++ {
		if key := fmt.Sprintf("key/%07d", i); merkle.Level("c", key) < 0 {
			want[key] = f.set(key, i)
			dirty = append(dirty, key)
		}
	}
	if done, err := f.tree().Rehash(dirty, 10); err != nil || done != len(dirty) {
		t.Fatalf("Rehash = %d, %v", done, err)
	}
	check := func() {
		t.Helper()
		root, records := naive(f, want)
		if got, _, err := f.walk().Root(); err != nil || got.Hash != root || !slices.Equal(f.records(), records) {
			t.Fatalf("the tree is not that of the keys: %v", err)
		}
	}
	check()
	_, top, err := f.walk().Root()
	if err != nil {
		t.Fatal(err)
	}
	for names, level := []string{""}, top; level > 0; level-- {
		var below []string
		for _, name := range names {
			children, more, err := f.walk().Children(level, name, "", merkle.MaxRun)
			if err != nil || more {
				t.Fatalf("below %q of level %d: more %v, %v", name, level, more, err)
			}
			for _, c := range children {
				below = append(below, c.Boundary)
			}
		}
		names = below
		if level == 1 {
			for _, name := range names {
				if _, more, err := f.walk().Leaf(name, "", merkle.MaxRun); err != nil || more {
					t.Fatalf("leaf %q: more %v, %v", name, more, err)
				}
			}
		}
	}
	key := dirty[40_000]
	delete(want, key)
	f.documents.delete(key)
	if done, err := f.tree().Rehash([]string{key}, 2); err != nil || done != 1 {
		t.Fatalf("Rehash of one = %d, %v", done, err)
	}
	check()
}
