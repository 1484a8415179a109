package crdttest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// names are few, so that edits meet.
var names = rapid.SampledFrom([]string{"a", "b", "cc"})

func put(t *rapid.T, d *crdt.Document, w *crdt.Writer, text string) *crdt.Document {
	p, err := crdt.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	d, _, err = d.Put(w, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func apply(t *rapid.T, d *crdt.Document, w *crdt.Writer, op crdt.Op, value string) *crdt.Document {
	if value != "" {
		p, err := crdt.ParseJSON([]byte(value))
		if err != nil {
			t.Fatalf("%s: %v", value, err)
		}
		op.Value = p
	}
	next, _, err := d.Apply(w, []crdt.Op{op})
	if err != nil {
		return d // another replica made something else of this path
	}
	return next
}

var scalarTexts = []string{"null", "true", "false", "0", "1", "1.0", "-7", "2.5", `""`, `"x"`, `"y"`, `{"$bytes":"aGk="}`, "9223372036854775807", "-0.0"}

// jsonValue draws a JSON value with tags.
func jsonValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 && kind > 3 {
		kind = 0
	}
	switch kind {
	case 1:
		return fmt.Sprintf(`{"$counter":%d}`, rapid.Int64Range(-3, 3).Draw(t, "counter"))
	case 2:
		return `{"$set":[` + strings.Join(rapid.SliceOfN(rapid.SampledFrom(scalarTexts), 0, 3).Draw(t, "set"), ",") + `]}`
	case 3:
		return "[" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(scalarTexts), 0, 3).Draw(t, "array"), ",") + "]"
	case 4, 5, 6:
		return object(t, depth)
	}
	return rapid.SampledFrom(scalarTexts).Draw(t, "scalar")
}

func object(t *rapid.T, depth int) string {
	var fields []string
	for _, name := range rapid.SliceOfNDistinct(names, 0, 3, rapid.ID[string]).Draw(t, "names") {
		fields = append(fields, fmt.Sprintf("%q:%s", name, jsonValue(t, depth-1)))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func TestLawsOfRegisters(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		path := crdt.Pointer{names.Draw(t, "name")}
		if rapid.Bool().Draw(t, "unset") {
			return apply(t, d, w, crdt.Op{Op: "unset", Path: path}, "")
		}
		return apply(t, d, w, crdt.Op{Op: "set", Path: path}, rapid.SampledFrom(scalarTexts).Draw(t, "value"))
	})
}

func TestLawsOfCounters(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		path := crdt.Pointer{names.Draw(t, "name")}
		if rapid.IntRange(0, 5).Draw(t, "unset") == 0 {
			return apply(t, d, w, crdt.Op{Op: "unset", Path: path}, "")
		}
		by := rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "by")
		return apply(t, d, w, crdt.Op{Op: "incr", Path: path, By: by}, "")
	})
}

func TestLawsOfSets(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		op := crdt.Op{Op: rapid.SampledFrom([]string{"add", "add", "remove", "unset"}).Draw(t, "op"), Path: crdt.Pointer{"s"}}
		if op.Op == "unset" {
			return apply(t, d, w, op, "")
		}
		return apply(t, d, w, op, rapid.SampledFrom(scalarTexts).Draw(t, "element"))
	})
}

func TestLawsOfPuts(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		return put(t, d, w, jsonValue(t, 2))
	})
}

func TestLawsOfAllEdits(t *testing.T) {
	crdttest.Laws(t, func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
		for range rapid.IntRange(1, 2).Draw(t, "edits") {
			d = anyEdit(t, d, w)
		}
		return d
	})
}

func anyEdit(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
	path := crdt.Pointer(rapid.SliceOfN(names, 0, 2).Draw(t, "path"))
	var err error
	switch rapid.IntRange(0, 6).Draw(t, "edit") {
	case 0:
		d, _, err = d.Delete(w)
	case 1:
		return put(t, d, w, object(t, 2))
	case 2:
		p, _ := crdt.ParseJSON([]byte(object(t, 2)))
		d, _, err = d.MergePatch(w, p)
	case 3:
		conflicts := d.Conflicts()
		if len(conflicts) == 0 {
			return d
		}
		d, _, err = d.Resolve(w, resolution(t, rapid.SampledFrom(conflicts).Draw(t, "conflict")))
	case 4:
		return apply(t, d, w, crdt.Op{Op: "incr", Path: path, By: 1}, "")
	case 5:
		return apply(t, d, w, crdt.Op{Op: "unset", Path: path}, "")
	default:
		return apply(t, d, w, crdt.Op{Op: "set", Path: path}, jsonValue(t, 2))
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func resolution(t *rapid.T, c crdt.Conflict) crdt.Resolution {
	path, err := crdt.ParsePointer(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	r := crdt.Resolution{Path: path, Take: rapid.SampledFrom(c.Candidates).Draw(t, "take").Dot}
	for _, candidate := range c.Candidates {
		r.Seen = append(r.Seen, candidate.Dot)
	}
	if rapid.Bool().Draw(t, "value") {
		r.Value, _ = crdt.ParseJSON([]byte(jsonValue(t, 1)))
	}
	return r
}
