package crdttest_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// operations draws typed operations on few paths.
func operations(value *rapid.Generator[string], names ...string) crdttest.Edit {
	return func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		op := crdt.Op{
			Op:   rapid.SampledFrom(names).Draw(t, "op"),
			Path: crdt.Pointer{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name")},
			By:   rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "by"),
		}
		if value != nil {
			op.Value = crdttest.Plain(t, value.Draw(t, "value"))
		}
		out, _, err := d.Apply(w, []crdt.Op{op})
		if err != nil { // the one thing that cannot be counted
			return d
		}
		return out
	}
}

func TestRegisters(t *testing.T) {
	crdttest.Laws(t, operations(crdttest.Scalars, "set", "set", "unset"))
}

func TestCounters(t *testing.T) {
	crdttest.Laws(t, operations(nil, "incr", "incr", "incr", "unset"))
}

func TestSets(t *testing.T) {
	crdttest.Laws(t, operations(crdttest.Scalars, "add", "add", "remove", "unset"))
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

func TestMaps(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		if rapid.IntRange(0, 4).Draw(t, "delete") == 0 {
			return done(t)(d.Delete(w))
		}
		return done(t)(d.Put(w, crdttest.Plain(t, crdttest.Object(t, 3))))
	})
}

func TestMergePatches(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		return done(t)(d.MergePatch(w, crdttest.Plain(t, crdttest.JSON(t, 3))))
	})
}

func TestAllEdits(t *testing.T) { crdttest.Laws(t, crdttest.AnyEdit) }

// Edits build on each other in memory and show the same once read back.
func TestEditsOfUndecodedDocuments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d *crdt.Document
		w := crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 100)
		for range rapid.IntRange(1, 8).Draw(t, "edits") {
			d = crdttest.AnyEdit(t, d, w)
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
