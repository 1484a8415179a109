package storage_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// within is the part of a frame for the keys [low, high); ok is false if there
// is none.
func within(f storage.Frame, low, high string) (part storage.Frame, ok bool) {
	part = f
	part.From = max(low, f.From)
	if high != "" && (f.To == "" || high < f.To) {
		part.To = high
	}
	part.Documents = nil
	for _, d := range f.Documents {
		if d.Key >= part.From && (part.To == "" || d.Key < part.To) {
			part.Documents = append(part.Documents, d)
		}
	}
	return part, part.To == "" || part.From < part.To
}

// TestRangeRoot compares the root of a range, in a store that is written and
// hashed in small steps, with the root of a store that holds the documents of
// the range and nothing else.
func TestRangeRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newNode(t, 'a')
		bound := rapid.SampledFrom([]string{"", "050", "120", "121", "200", "2005", "280"})
		from, to := bound.Draw(t, "from"), bound.Draw(t, "to")
		if to != "" && to < from {
			from, to = to, from
		}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			var cs []change
			for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(0, 300), 1, 100, rapid.ID[int]).Draw(t, "keys") {
				cs = append(cs, change{key: fmt.Sprintf("%03d", k), json: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "json")})
			}
			a.write(t, "people", cs...)
			if rapid.Bool().Draw(t, "hash") {
				a.hash(t, "people")
			}
		}
		a.hash(t, "people")
		f := newNode(t, 'f')
		for _, frame := range a.frames(t, "people", crdt.Knowledge{}, 50) {
			if part, ok := within(frame, from, to); ok {
				f.merge(t, "people", part)
			}
		}
		f.hash(t, "people")
		v, err := a.View("people")
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		root, count, ok, err := v.RangeRoot(from, to)
		if err != nil || !ok {
			t.Fatalf("RangeRoot(%q, %q): %v %v", from, to, ok, err)
		}
		alone, err := f.View("people")
		if err != nil {
			t.Fatal(err)
		}
		defer alone.Close()
		if root != f.root(t, "people") || count != alone.Count() {
			t.Fatalf("RangeRoot(%q, %q) of %d documents is not that of the %d alone", from, to, count, alone.Count())
		}
	})
}

// A range is shown as soon as it is hashed, whatever changes elsewhere.
func TestRangeRootWhileOthersChange(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	var cs []change
	for i := range 300 {
		cs = append(cs, change{key: fmt.Sprintf("%03d", i), json: `1`})
	}
	b.write(t, "people", cs...)
	a.pull(t, "people", b)
	a.hash(t, "people")
	ok := func(from, to string) bool {
		_, _, ok, err := a.view(t, "people").RangeRoot(from, to)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !ok("", "") || !ok("100", "200") {
		t.Fatal("the hashed tree does not show a range")
	}
	err := a.Update(func(b *storage.Batch) error { return b.Forfeit("people", "150", "160") })
	if err != nil {
		t.Fatal(err)
	}
	if ok("", "") || ok("100", "200") || ok("159", "170") {
		t.Error("a range is shown that was lost since")
	}
	if !ok("", "150") || !ok("160", "") {
		t.Error("a range is not shown in which nothing has changed")
	}
}

// TestSplit cuts collections, hashed and not, and counts the parts.
func TestSplit(t *testing.T) {
	for _, hashed := range []bool{true, false} {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		var cs []change
		for i := range 4000 {
			cs = append(cs, change{key: fmt.Sprintf("%04d", i*7919%4000), json: `1`})
		}
		a.write(t, "people", cs[:1000]...)
		b.write(t, "people", cs[1000:]...)
		a.pull(t, "people", b)
		if hashed {
			a.hash(t, "people")
		}
		v := a.view(t, "people")
		for _, parts := range []int{1, 2, 3, 8, 64} {
			cuts, err := v.Split(parts)
			if err != nil || len(cuts) != parts-1 || !slices.IsSorted(cuts) {
				t.Fatalf("hashed %v: Split(%d) = %q, %v", hashed, parts, cuts, err)
			}
			most, from := 0, 0
			for _, key := range append(cuts, "4000") {
				at, err := strconv.Atoi(key)
				if err != nil {
					t.Fatal(err)
				}
				most, from = max(most, at-from), at
			}
			even := 4000/parts + 1
			if hashed && most > even || most > 2*even {
				t.Errorf("hashed %v: a part of %d has %d documents, %d would be even", hashed, parts, most, even)
			}
		}
	}
	few := newNode(t, 'f')
	for _, want := range [][]string{nil, {"ann"}} {
		cuts, err := few.view(t, "people").Split(8)
		if err != nil || !slices.Equal(cuts, want) {
			t.Errorf("Split = %q, %v, want %q", cuts, err, want)
		}
		few.write(t, "people", change{key: "ann", json: `1`})
		few.hash(t, "people")
	}
}
