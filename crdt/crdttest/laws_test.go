package crdttest_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// on makes an Edit of typed operations, one at a time; one that does not fit
// does nothing.
func on(draw func(t *rapid.T) crdt.Op) crdttest.Edit {
	return func(t *rapid.T, s *crdttest.Scene) (after, base *crdt.Document) {
		op := draw(t)
		s.Moves = op.Op == "move"
		out, _, err := s.Document.Apply(s.Writer, []crdt.Op{op})
		if err != nil {
			return s.Document, s.Document
		}
		return out, s.Document
	}
}

// operations draws typed operations on few paths.
func operations(value *rapid.Generator[string], names ...string) crdttest.Edit {
	return on(func(t *rapid.T) crdt.Op {
		op := crdt.Op{
			Op:   rapid.SampledFrom(names).Draw(t, "op"),
			Path: crdt.Pointer{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")},
			By:   rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "by"),
		}
		if value != nil {
			op.Value = crdttest.Plain(t, value.Draw(t, "value"))
		}
		return op
	})
}

func TestRegisters(t *testing.T) {
	crdttest.Laws(t, operations(crdttest.Scalars, "set", "set", "unset"))
}

func TestCounters(t *testing.T) {
	crdttest.Laws(t, operations(nil, "incr", "incr", "incr", "unset"))
}

// TestRemovedCounters counts, removes, makes and resolves one counter: what it
// counts survives a removal that did not see it, is a conflict however often it
// is counted on, and none any more once it is taken.
func TestRemovedCounters(t *testing.T) {
	path := crdt.Pointer{"n"}
	crdttest.Laws(t, func(t *rapid.T, s *crdttest.Scene) (after, base *crdt.Document) {
		d, w := s.Document, s.Writer
		shown, _ := d.At(path, crdt.FormatPlain)
		had, _ := strconv.ParseInt(string(shown), 10, 64)
		conflicts, by := d.Conflicts(), rapid.Int64Range(-3, 3).Draw(t, "by")
		want, left := "", 0
		switch edit := rapid.SampledFrom([]string{"incr", "incr", "set", "unset", "resolve"}).Draw(t, "edit"); {
		case edit == "incr":
			want, left = strconv.FormatInt(had+by, 10), len(conflicts)
			d = done(t)(d.Apply(w, []crdt.Op{{Op: "incr", Path: path, By: by}}))
		case edit == "set":
			want, left = strconv.FormatInt(by, 10), len(conflicts)
			d = done(t)(d.Apply(w, []crdt.Op{{Op: "set", Path: path, Value: crdttest.Plain(t, `{"$counter":`+want+`}`)}}))
		case edit == "unset":
			d = done(t)(d.Apply(w, []crdt.Op{{Op: "unset", Path: path}}))
		case len(conflicts) == 0:
			return d, d
		default:
			c := conflicts[0].Candidates[0]
			want = string(shown)
			d = done(t)(d.Resolve(w, crdt.Resolution{Path: path, Seen: []crdt.Dot{c.Dot}, Take: c.Dot}))
		}
		if got, _ := d.At(path, crdt.FormatPlain); string(got) != want {
			t.Fatalf("it counts %q, not %q", got, want)
		}
		if got := d.Conflicts(); len(got) != left || left > 0 && got[0].Kind != crdt.ConflictEditedWhileRemoved {
			t.Fatalf("the conflicts are %v, not %d", got, left)
		}
		return d, s.Document
	})
}

func TestSets(t *testing.T) {
	crdttest.Laws(t, operations(crdttest.Scalars, "add", "add", "remove", "unset"))
}

// TestLists edits one list, which everybody makes.
func TestLists(t *testing.T) {
	small := rapid.IntRange(0, 3)
	crdttest.Laws(t, on(func(t *rapid.T) crdt.Op {
		op := crdt.Op{
			Op: rapid.SampledFrom([]string{"insert", "insert", "insert", "move", "move", "delete", "set", "make", "unset"}).Draw(t, "op"),
			At: small.Draw(t, "at"), Len: 1, From: small.Draw(t, "from"), To: small.Draw(t, "to"),
			Value: crdttest.Plain(t, rapid.SampledFrom([]string{"1", "2", `{"a":1}`, `[1]`, `{"$text":"x"}`}).Draw(t, "value")),
		}
		switch op.Op {
		case "make":
			op.Op, op.Value = "set", crdttest.Plain(t, "[0,1,2]")
		case "set", "unset":
			op.Path = crdt.Pointer{rapid.SampledFrom([]string{"0", "1"}).Draw(t, "index")}
		}
		return op
	}))
}

// TestTexts edits one text, which everybody makes.
func TestTexts(t *testing.T) {
	crdttest.Laws(t, on(func(t *rapid.T) crdt.Op {
		op := crdt.Op{
			Op:   rapid.SampledFrom([]string{"insert", "insert", "insert", "delete", "delete", "set", "unset"}).Draw(t, "op"),
			Path: crdt.Pointer{"t"}, At: rapid.IntRange(0, 6).Draw(t, "at"), Len: rapid.IntRange(0, 3).Draw(t, "len"),
			Text: crdttest.Words.Draw(t, "text"),
		}
		if op.Op == "set" {
			op.Value = crdttest.Plain(t, rapid.SampledFrom([]string{`{"$text":"ab"}`, `{"$text":""}`, `"abba"`}).Draw(t, "value"))
		}
		return op
	}))
}

// TestReduced edits texts that are worth to be sent reduced.
func TestReduced(t *testing.T) {
	long := strings.Repeat("0123456789 ", 100)
	crdttest.Laws(t, on(func(t *rapid.T) crdt.Op {
		op := crdt.Op{
			Op:   rapid.SampledFrom([]string{"insert", "insert", "insert", "delete", "set", "unset"}).Draw(t, "op"),
			Path: crdt.Pointer{"t"}, At: rapid.IntRange(0, 1000).Draw(t, "at"), Len: rapid.IntRange(0, 3).Draw(t, "len"),
			Text: crdttest.Words.Draw(t, "text"),
		}
		if op.Op == "set" {
			op.Value = crdttest.Plain(t, `{"$text":"`+long+`"}`)
		}
		return op
	}))
}

func TestMaps(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, s *crdttest.Scene) (after, base *crdt.Document) {
		if rapid.IntRange(0, 4).Draw(t, "delete") == 0 {
			return done(t)(s.Document.Delete(s.Writer)), s.Document
		}
		return done(t)(s.Document.Put(s.Writer, crdttest.Plain(t, crdttest.Object(t, 3)))), s.Document
	})
}

func TestMergePatches(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, s *crdttest.Scene) (after, base *crdt.Document) {
		return done(t)(s.Document.MergePatch(s.Writer, crdttest.Plain(t, crdttest.JSON(t, 3)))), s.Document
	})
}

// done is what an edit returned; the one error that it may have is of a counter
// that cannot be carried to a number, and then the document is as before.
func done(t *rapid.T) func(*crdt.Document, bool, error) *crdt.Document {
	return func(d *crdt.Document, _ bool, err error) *crdt.Document {
		if err != nil && !errors.Is(err, crdt.ErrOverflow) {
			t.Fatal(err)
		}
		return d
	}
}

func TestAllEdits(t *testing.T) { crdttest.Laws(t, crdttest.AnyEdit) }

// Edits build on each other in memory and show the same once read back.
func TestEditsOfUndecodedDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d *crdt.Document
		var earlier []*crdt.Document
		w := crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 100)
		for range rapid.IntRange(1, 8).Draw(t, "edits") {
			earlier = append(earlier, d)
			d, _ = crdttest.AnyEdit(t, &crdttest.Scene{Document: d, Writer: w, Earlier: earlier})
			w = crdt.NewWriter(w.Replica, w.Next, w.Time+crdt.Timestamp(rapid.IntRange(0, 1).Draw(t, "time")))
			read, err := crdt.Decode(d.AppendCanonical(nil))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := read.AppendJSON(nil, crdt.FormatTyped), d.AppendJSON(nil, crdt.FormatTyped); string(got) != string(want) {
				t.Fatalf("read back as %s, was %s", got, want)
			}
		}
	})
}
