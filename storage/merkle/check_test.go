package merkle_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// leaf reads the documents as they are; those in stale have changed since they
// were hashed.
func (f *fixture) leaf(stale map[string]bool) merkle.Leaf {
	return func(from, to string) (out []merkle.Document, current bool, err error) {
		current = true
		for key := range stale {
			current = current && (key < from || to != "" && key >= to)
		}
		for _, p := range f.documents.between(from, to) {
			out = append(out, merkle.Document{Key: p.key, Digest: p.value})
		}
		return out, current, nil
	}
}

// check lists the boundaries that differ.
func check(t failer, f *fixture, from, to string, stale map[string]bool) (bad []string) {
	err := f.walk().Check(from, to, f.leaf(stale), func(boundary, _ string) error {
		bad = append(bad, boundary)
		return nil
	})
	if err != nil {
		t.Fatalf("Check(%q, %q): %v", from, to, err)
	}
	return bad
}

// TestCheck finds nothing in a whole tree, also where documents have changed
// since and are known to have, and finds every record that is another.
func TestCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fixture{collection: "c", run: rapid.SampledFrom([]int{0, 3}).Draw(t, "run")}
		keys := rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 1, -1, rapid.ID[string]).Draw(t, "keys")
		for _, key := range keys {
			f.set(key, 0)
		}
		if next, err := f.tree().Build("", "", math.MaxInt); err != nil || next != "" {
			t.Fatalf("Build = %q, %v", next, err)
		}
		bound := rapid.OneOf(rapid.Just(""), rapid.SampledFrom(pool))
		from, to := bound.Draw(t, "from"), bound.Draw(t, "to")
		if to != "" && to < from {
			from, to = to, from
		}
		stale := map[string]bool{}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 0, 5, rapid.ID[string]).Draw(t, "changed") {
			stale[key] = true
			if rapid.Bool().Draw(t, "remove") {
				f.documents.delete(key)
			} else {
				f.set(key, 1)
			}
		}
		if bad := check(t, f, from, to, stale); len(bad) > 0 {
			t.Fatalf("Check(%q, %q) of a whole tree: %q", from, to, bad)
		}
		if len(stale) > 0 {
			return
		}
		level := rapid.IntRange(0, top(f)).Draw(t, "level")
		i := rapid.IntRange(0, len(f.nodes[level].pairs)-1).Draw(t, "node")
		p := f.nodes[level].pairs[i]
		switch rapid.SampledFrom([]string{"hash", "count", "lost", "another", "gone"}).Draw(t, "damage") {
		case "another":
			f.set(rapid.SampledFrom(pool).Draw(t, "another"), 7)
		case "gone":
			f.documents.delete(rapid.SampledFrom(keys).Draw(t, "gone"))
		case "hash":
			p.value.Hash[0] ^= 1
			f.nodes[level].set(p.key, p.value)
		case "count":
			p.value.Count++
			f.nodes[level].set(p.key, p.value)
		case "lost":
			f.nodes[level].delete(p.key)
		}
		if bad := check(t, f, "", "", nil); len(bad) == 0 {
			t.Fatalf("level %d %q differs and is not found", level, p.key)
		}
		step := keys[len(keys)/2]
		if bad := slices.Concat(check(t, f, "", step, nil), check(t, f, step, "", nil)); len(bad) == 0 {
			t.Fatalf("level %d %q differs and is not found in two steps", level, p.key)
		}
	})
}

// A document before the first leaf, which the tree knows nothing of, is found: as one of the
// collection, of its part, and not of the others.
func TestCheckBeforeTheFirstLeaf(t *testing.T) {
	f := &fixture{collection: "c"}
	f.set("k70", 0)
	if _, err := f.tree().Build("", "", math.MaxInt); err != nil {
		t.Fatal(err)
	}
	if first := f.nodes[0].pairs[0].key; first != "k70" {
		t.Fatalf("the first leaf begins at %q; take another key", first)
	}
	f.set("k1", 1)
	for _, c := range []struct {
		from, to string
		found    bool
	}{{"", "", true}, {"", "k1\x00", true}, {"k0", "k5", true}, {"", "k1", false}, {"k2", "k5", false}, {"k2", "", false}} {
		if bad := check(t, f, c.from, c.to, nil); (len(bad) > 0) != c.found {
			t.Errorf("Check(%q, %q) finds %q", c.from, c.to, bad)
		}
		if bad := check(t, f, c.from, c.to, map[string]bool{"k1": true}); len(bad) > 0 {
			t.Errorf("Check(%q, %q) finds %q, where k1 has changed since", c.from, c.to, bad)
		}
	}
}

func top(f *fixture) int {
	level, _, _ := nodes{f}.Top()
	return level
}

// A run that is divided where no node begins has the right hashes, and yet is
// found.
func TestCheckFindsAnotherShape(t *testing.T) {
	f := &fixture{collection: "c", run: 3}
	for _, plain := range pool[len(pool)-3:] {
		f.set(plain, 0)
	}
	two := *f
	two.run = 2
	if _, err := two.tree().Build("", "", math.MaxInt); err != nil {
		t.Fatal(err)
	}
	f.nodes = two.nodes
	if bad := check(t, f, "", "", nil); len(bad) == 0 {
		t.Error("another shape is not found")
	}
}
