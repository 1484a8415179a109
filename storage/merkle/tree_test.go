package merkle_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// keys are drawn from few, so that they are inserted, removed and inserted
// again; among them are many that begin nodes of several levels.
var pool = func() []string {
	var plain, begins []string
	for i := 0; len(begins) < 60; i++ {
		key := fmt.Sprintf("k%d", i)
		if merkle.Level("c", key) >= 0 {
			begins = append(begins, key)
		} else if len(plain) < 200 {
			plain = append(plain, key)
		}
	}
	for i := 60; merkle.Level("c", begins[len(begins)-1]) < 3; i++ {
		if key := fmt.Sprintf("m%d", i); merkle.Level("c", key) >= 2 {
			begins = append(begins, key)
		}
	}
	return append(begins, plain...)
}()

// machine changes documents, rehashes in batches, and compares.
type machine struct {
	f     *fixture
	want  map[string]merkle.Hash
	dirty map[string]bool
	n     int
}

func (m *machine) change(t *rapid.T) {
	for range rapid.IntRange(1, 60).Draw(t, "changes") {
		key := rapid.SampledFrom(pool).Draw(t, "key")
		m.dirty[key] = true
		if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
			m.f.documents.delete(key)
			delete(m.want, key)
		} else {
			m.n++
			m.want[key] = m.f.set(key, m.n)
		}
	}
}

// empty removes all documents of a range.
func (m *machine) empty(t *rapid.T) {
	from := rapid.SampledFrom(pool).Draw(t, "from")
	for key := range maps.Clone(m.want) {
		if key >= from {
			m.dirty[key] = true
			m.f.documents.delete(key)
			delete(m.want, key)
		}
	}
}

// some rehashes any of the dirty keys, in one call that may stop early.
func (m *machine) some(t *rapid.T) {
	var batch []string
	for _, key := range slices.Sorted(maps.Keys(m.dirty)) {
		if rapid.IntRange(0, 3).Draw(t, "skip") != 0 {
			batch = append(batch, key)
		}
	}
	m.rehash(t, batch, rapid.IntRange(0, 5).Draw(t, "limit"))
	m.consistent(t)
}

func (m *machine) rehash(t *rapid.T, batch []string, limit int) int {
	done, err := m.f.tree().Rehash(batch, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range batch[:done] {
		delete(m.dirty, key)
	}
	return done
}

// finish rehashes all that is left and compares with the specification.
func (m *machine) finish(t *rapid.T) {
	limit := rapid.SampledFrom([]int{0, 1, 2, 3, 10, 1000}).Draw(t, "limit")
	for rounds := 0; len(m.dirty) > 0; rounds++ {
		if rounds > 1000 {
			t.Fatalf("no end: %d keys are still dirty", len(m.dirty))
		}
		m.rehash(t, slices.Sorted(maps.Keys(m.dirty)), limit)
	}
	m.compare(t)
	m.f.writes = 0
	for key := range m.want { // nothing to do
		if _, err := m.f.tree().Rehash([]string{key}, 1); err != nil || m.f.writes != 0 {
			t.Fatalf("rehashing %q again: %v, %d writes", key, err, m.f.writes)
		}
	}
}

// build builds a range, in steps, and what is dirty elsewhere.
func (m *machine) build(t *rapid.T) {
	from, to := rapid.SampledFrom(pool).Draw(t, "from"), rapid.SampledFrom(pool).Draw(t, "to")
	if rapid.Bool().Draw(t, "all") {
		from, to = "", ""
	}
	limit := rapid.SampledFrom([]int{1, 2, 3, 10, 1000}).Draw(t, "limit")
	if to != "" && from > to {
		from, to = to, from
	}
	for next, rounds := from, 0; ; rounds++ {
		var err error
		if next, err = m.f.tree().Build(next, to, limit); err != nil {
			t.Fatal(err)
		}
		m.consistent(t)
		if next == "" {
			break
		}
		if rounds > 1000 {
			t.Fatalf("Build does not end, at %q", next)
		}
	}
	for key := range m.dirty {
		if key >= from && (to == "" || key < to) {
			delete(m.dirty, key)
		}
	}
	m.finish(t)
}

func (m *machine) compare(t *rapid.T) {
	root, records := naive(m.f, m.want)
	if got := m.f.records(); !slices.Equal(got, records) {
		t.Fatalf("the records are\n%q\nfrom nothing\n%q", got, records)
	}
	got, _, err := m.f.walk().Root()
	if err != nil || got.Hash != root || got.Count != uint64(len(m.want)) {
		t.Fatalf("Root = %x of %d, %v, want %x of %d", got.Hash, got.Count, err, root, len(m.want))
	}
}

// consistent walks from the root and checks that every record is found, and
// that counts add up.
func (m *machine) consistent(t *rapid.T) {
	w := m.f.walk()
	root, level, err := w.Root()
	if err != nil {
		t.Fatal(err)
	}
	if root.Count == 0 {
		if len(m.f.records()) > 0 {
			t.Fatalf("an empty tree with records %q", m.f.records())
		}
		return
	}
	found := 1
	m.descend(t, w, level, merkle.Child{Node: root}, &found)
	if len(m.f.records()) != found {
		t.Fatalf("%d nodes below the root, but the records are %q", found, m.f.records())
	}
}

func (m *machine) descend(t *rapid.T, w merkle.Walk, level int, c merkle.Child, found *int) {
	if level == 0 {
		return
	}
	children, more, err := w.Children(level, c.Boundary, "", math.MaxInt)
	if err != nil || more || len(children) == 0 {
		t.Fatalf("Children(%d, %q) = %d, %v, %v", level, c.Boundary, len(children), more, err)
	}
	sum := uint64(0)
	for _, child := range children {
		*found++
		sum += child.Count
		m.descend(t, w, level-1, child, found)
	}
	if sum != c.Count {
		t.Fatalf("node %d %q counts %d, its children %d", level, c.Boundary, c.Count, sum)
	}
}

func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := rapid.SampledFrom([]int{0, 0, 2, 3, 7}).Draw(t, "run")
		m := &machine{f: &fixture{collection: "c", run: run}, want: map[string]merkle.Hash{}, dirty: map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"change": m.change,
			"empty":  m.empty,
			"some":   m.some,
			"finish": m.finish,
			"build":  m.build,
		})
		m.finish(t)
	})
}

// TestUpdateMovesNothing checks that new values change hashes only.
func TestUpdateMovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fixture{collection: "c"}
		present := rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 1, 200, rapid.ID[string]).Draw(t, "keys")
		slices.Sort(present)
		for _, key := range present {
			f.set(key, 1)
		}
		all := func() {
			if _, err := f.tree().Build("", "", math.MaxInt); err != nil {
				t.Fatal(err)
			}
		}
		shape := func() (out []string) {
			for level := range f.nodes {
				for _, p := range f.nodes[level].pairs {
					out = append(out, fmt.Sprint(level, p.key, p.value.Count))
				}
			}
			return out
		}
		all()
		before := shape()
		for _, key := range present {
			if rapid.Bool().Draw(t, "update") {
				f.set(key, 2)
			}
		}
		all()
		if after := shape(); !slices.Equal(before, after) {
			t.Fatalf("the shape was %q and is %q", before, after)
		}
	})
}
