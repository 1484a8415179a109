package merkle_test

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// outline is all that a walk of a tree shows, a line each, and where it ended.
func outline(t failer, w merkle.Walk) (lines []string) {
	root, top, err := w.Root()
	if err != nil {
		t.Fatalf("Root: %v", err)
	}
	lines = append(lines, record(top, "", root))
	names := []string{""}
	for level := top; level > 0; level-- {
		var below []string
		for _, name := range names {
			children, _, err := w.Children(level, name, "", math.MaxInt)
			if err != nil {
				t.Fatalf("Children(%d, %q): %v", level, name, err)
			}
			for _, c := range children {
				lines = append(lines, record(level-1, c.Boundary, c.Node))
				below = append(below, c.Boundary)
			}
		}
		names = below
	}
	for _, name := range names {
		documents, _, err := w.Leaf(name, "", math.MaxInt)
		if err != nil {
			t.Fatalf("Leaf(%q): %v", name, err)
		}
		for _, d := range documents {
			lines = append(lines, fmt.Sprintf("%q %x", d.Key, d.Digest[:4]))
		}
	}
	return lines
}

type failer interface{ Fatalf(string, ...any) }

// alone is the tree of the documents of f in a range, and of no others.
func alone(t failer, f *fixture, from, to string) *fixture {
	g := &fixture{collection: f.collection, run: f.run}
	g.documents.pairs = slices.Clone(f.documents.between(from, to))
	if next, err := g.tree().Build("", "", math.MaxInt); err != nil || next != "" {
		t.Fatalf("Build = %q, %v", next, err)
	}
	return g
}

// TestPart compares the part of a tree with the tree that its documents have
// alone, also where the documents elsewhere have changed since.
func TestPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &fixture{collection: "c", run: rapid.SampledFrom([]int{0, 2, 5}).Draw(t, "run")}
		for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom(pool), rapid.ID[string]).Draw(t, "keys") {
			f.set(key, 0)
		}
		if next, err := f.tree().Build("", "", math.MaxInt); err != nil || next != "" {
			t.Fatalf("Build = %q, %v", next, err)
		}
		bound := rapid.OneOf(rapid.Just(""), rapid.SampledFrom(pool), rapid.StringMatching("[km][0-9]{1,3}"))
		from, to := bound.Draw(t, "from"), bound.Draw(t, "to")
		if to != "" && to < from {
			from, to = to, from
		}
		for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom(pool), rapid.ID[string]).Draw(t, "changed") {
			if key < from || to != "" && key >= to {
				f.set(key, 1)
			}
		}
		p, err := f.walk().Part(from, to)
		if err != nil {
			t.Fatalf("Part(%q, %q): %v", from, to, err)
		}
		got, want := outline(t, p.Walk()), outline(t, alone(t, f, from, to).walk())
		if !slices.Equal(got, want) {
			t.Fatalf("Part(%q, %q):\n%q\nalone:\n%q", from, to, got, want)
		}
	})
}

// A part of a large tree is a few reads, not a scan.
func TestPartReadsTheEnds(t *testing.T) {
	f := large(t, 50000)
	counted := counting{nodes{f}, new(int)}
	w := merkle.Walk{Collection: "c", Nodes: counted, Documents: documents{f}}
	p, err := w.Part("key/0001000", "key/0049000")
	if err != nil {
		t.Fatal(err)
	}
	root, _, err := p.Walk().Root()
	if err != nil || root.Count != 48000 {
		t.Fatalf("%d documents, %v", root.Count, err)
	}
	if *counted.read > 500 {
		t.Errorf("%d nodes read", *counted.read)
	}
}

// counting counts the nodes that were read.
type counting struct {
	nodes
	read *int
}

func (c counting) Scan(level int, from, to string, reverse bool) iter.Seq2[merkle.Child, error] {
	return func(yield func(merkle.Child, error) bool) {
		for child, err := range c.nodes.Scan(level, from, to, reverse) {
			if *c.read++; !yield(child, err) {
				return
			}
		}
	}
}
