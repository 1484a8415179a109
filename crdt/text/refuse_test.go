package text_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// build makes a delta of insertions and deletions, whatever they are.
func build(t *testing.T, steps ...func(*text.Delta) error) *text.Delta {
	t.Helper()
	d := &text.Delta{}
	for _, s := range steps {
		if err := s(d); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func ins(id text.ID, at int, s string, parents ...text.ID) func(*text.Delta) error {
	return func(d *text.Delta) error { return d.Insert(id, parents, at, s) }
}

func del(id text.ID, at, n int, parents ...text.ID) func(*text.Delta) error {
	return func(d *text.Delta) error { return d.Delete(id, parents, at, n) }
}

func at(agent text.Agent, seq uint64) text.ID { return text.ID{Agent: agent, Seq: seq} }

// TestMergeRefuses hands over events that cannot be: each is refused by name,
// and nothing has changed.
func TestMergeRefuses(t *testing.T) {
	base := &text.Text{}
	if err := base.Insert("a", 1, 0, "hello"); err != nil {
		t.Fatal(err)
	}
	bring(t, forked(t, base, "b", 0, "B"), base)
	bring(t, forked(t, base, "c", 0, "C"), base)
	for name, c := range map[string]struct {
		d    *text.Delta
		want error
	}{
		"unknown parent":         {build(t, ins(at("x", 0), 0, "x", at("a", 9))), text.ErrUnknownParents},
		"unknown agent":          {build(t, ins(at("x", 0), 0, "x", at("y", 1))), text.ErrUnknownParents},
		"parent of later":        {build(t, ins(at("x", 0), 0, "x", at("x", 5)), ins(at("x", 5), 0, "x", at("x", 0))), text.ErrUnknownParents},
		"insert beyond":          {build(t, ins(at("x", 0), 6, "x", at("a", 5))), text.ErrPosition},
		"insert beyond a root":   {build(t, ins(at("x", 0), 1, "x")), text.ErrPosition},
		"delete beyond":          {build(t, del(at("x", 0), 3, 3, at("a", 5))), text.ErrPosition},
		"delete in nothing":      {build(t, del(at("x", 0), 0, 1)), text.ErrPosition},
		"late and beyond":        {build(t, ins(at("x", 0), 0, "good", at("a", 2)), ins(at("x", 4), 8, "bad", at("x", 3))), text.ErrPosition},
		"other text":             {build(t, ins(at("a", 1), 0, "help")), text.ErrOverlap},
		"other position":         {build(t, ins(at("a", 2), 0, "e", at("a", 1))), text.ErrOverlap},
		"other parents":          {build(t, ins(at("a", 2), 0, "e")), text.ErrOverlap},
		"other kind":             {build(t, del(at("a", 3), 2, 1, at("a", 2))), text.ErrOverlap},
		"other in a longer run":  {build(t, ins(at("a", 1), 0, "hello!"), ins(at("b", 0), 5, "x", at("a", 5))), text.ErrOverlap},
		"new events, then other": {build(t, ins(at("x", 0), 0, "new"), ins(at("a", 5), 4, "O", at("a", 4))), text.ErrOverlap},
	} {
		t.Run(name, func(t *testing.T) {
			x := base.Clone()
			for range 2 { // with and without a kept walker
				content, canonical := x.String(), x.AppendCanonical(nil)
				if edits, err := x.Merge(c.d); !errors.Is(err, c.want) || edits != nil {
					t.Fatalf("%v, %v, want %v", edits, err, c.want)
				}
				if x.String() != content || !bytes.Equal(x.AppendCanonical(nil), canonical) {
					t.Fatal("a refused delta changed the text")
				}
				bring(t, forked(t, base, "d", 0, "D"), x)
				if x.Contains(at("x", 0)) {
					t.Fatal("has a refused event")
				}
			}
		})
	}
}

// forked is base with an insertion that base does not know.
func forked(t *testing.T, base *text.Text, agent text.Agent, seq uint64, s string) *text.Text {
	t.Helper()
	x, err := base.Closure(text.Version{at("a", 5)})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Insert(agent, seq, 2, s); err != nil {
		t.Fatal(err)
	}
	return x
}

// TestRefusedRun refuses events after others that grew the last run.
func TestRefusedRun(t *testing.T) {
	for name, grow := range map[string]func(*text.Delta) error{
		"typing": ins(at("a", 6), 5, "!!", at("a", 5)), "deleting": del(at("a", 6), 4, 1, at("a", 5)),
	} {
		var x text.Text
		if err := x.Insert("a", 1, 0, "hello"); err != nil {
			t.Fatal(err)
		}
		canonical := x.AppendCanonical(nil)
		d := build(t, grow, ins(at("b", 0), 9, "x", at("a", 5)))
		if _, err := x.Merge(d); !errors.Is(err, text.ErrPosition) || !bytes.Equal(x.AppendCanonical(nil), canonical) {
			t.Errorf("%s: %v, or other bytes", name, err)
		}
		if err := x.Insert("a", 6, 5, " all"); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x.Delta(nil).Append(nil), x.AppendCanonical(nil)) || x.String() != "hello all" {
			t.Errorf("%s: %q", name, x.String())
		}
		reopened(t, &x)
	}
}

func TestEditsRefuse(t *testing.T) {
	var x text.Text
	if err := x.Insert("a", 5, 0, "hello"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"insert beyond":     {x.Insert("a", 10, 6, "x"), text.ErrPosition},
		"insert before":     {x.Insert("a", 10, -1, "x"), text.ErrPosition},
		"delete beyond":     {x.Delete("a", 10, 4, 2), text.ErrPosition},
		"delete far beyond": {x.Delete("a", 10, 4, math.MaxInt), text.ErrPosition},
		"delete less":       {x.Delete("a", 10, 4, -1), text.ErrPosition},
		"not UTF-8":         {x.Insert("a", 10, 0, "\xc3"), text.ErrUTF8},
		"number used":       {x.Insert("a", 9, 0, "x"), text.ErrSequence},
		"number before":     {x.Insert("a", 1, 0, "x"), text.ErrSequence},
		"numbers run over":  {x.Insert("a", math.MaxUint64-1, 0, "xyz"), text.ErrSequence},
		"no agent":          {x.Insert("", 1, 0, "x"), text.ErrAgent},
		"long agent":        {x.Insert(text.Agent(strings.Repeat("x", 65)), 1, 0, "x"), text.ErrAgent},
		"too large":         {x.Insert("a", 10, 0, strings.Repeat("x", text.MaxEvents)), text.ErrTooLarge},
		"unknown version":   {func() error { _, err := x.Closure(text.Version{at("b", 1)}); return err }(), text.ErrUnknownVersion},
		"unknown compared":  {func() error { _, err := x.Compare(nil, text.Version{at("b", 1)}); return err }(), text.ErrUnknownVersion},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
	if x.String() != "hello" || x.Events() != 5 || x.Frontier().String() != "a:9" {
		t.Errorf("changed to %q, %s", x.String(), x.Frontier())
	}
}

// TestCostIsBounded merges a graph that is made to be slow: half of its chains
// hang on one end of a long fork, half on the other.
func TestCostIsBounded(t *testing.T) {
	d := &text.Delta{}
	var ends [2]text.ID
	for side, agent := range []text.Agent{"left", "right"} {
		for i := range 20000 { // each a run of its own
			if err := d.Insert(at(agent, uint64(i)), parent(agent, i), 0, "x"); err != nil {
				t.Fatal(err)
			}
		}
		ends[side] = at(agent, 19999)
	}
	for i := range 8000 {
		if err := d.Insert(at("zig", uint64(2*i)), text.Version{ends[i%2]}, 0, "z"); err != nil {
			t.Fatal(err)
		}
	}
	decoded, err := text.Decode(d.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	var x text.Text
	if _, err := x.Merge(decoded); !errors.Is(err, text.ErrTooCostly) || x.Events() != 0 {
		t.Errorf("%v, want %v; %d events", err, text.ErrTooCostly, x.Events())
	}
}

func parent(agent text.Agent, i int) text.Version {
	if i == 0 {
		return nil
	}
	return text.Version{at(agent, uint64(i-1))}
}
