package crdttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// AnyEdit does one or two edits of any sort, all in one transaction: it puts
// documents, changes them as a whole against what is there or against an
// earlier version, patches, operates on, resolves, deletes them.
func AnyEdit(t *rapid.T, s *Scene) (after, base *crdt.Document) {
	if len(s.Earlier) > 0 && rapid.IntRange(0, 5).Draw(t, "based") == 0 {
		base = rapid.SampledFrom(s.Earlier).Draw(t, "base")
		return done(t, s.Document, s.Writer, func() (*crdt.Document, bool, error) {
			return s.Document.PutFrom(s.Writer, base, Plain(t, changed(t, base)))
		}, crdt.ErrOverflow), base
	}
	d := s.Document
	for range rapid.IntRange(1, 2).Draw(t, "edits") {
		d = anyEdit(t, d, s.Writer)
	}
	return d, s.Document
}

// done does an edit, which may fail for certain reasons; then nothing has
// happened.
func done(t *rapid.T, d *crdt.Document, w *crdt.Writer, edit func() (*crdt.Document, bool, error), allowed ...error) *crdt.Document {
	before := *w
	out, changed, err := edit()
	if err == nil {
		if changed == (*w == before) {
			t.Fatalf("changed is %t, and %d dots were taken", changed, w.Taken()-before.Taken())
		}
		return out
	}
	if *w != before {
		t.Fatalf("an edit that failed took dots: %v", err)
	}
	for _, reason := range allowed {
		if errors.Is(err, reason) {
			return d
		}
	}
	t.Fatalf("edit of %s: %v", d.AppendJSON(nil, crdt.FormatTyped), err)
	return nil
}

func anyEdit(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
	edit := rapid.IntRange(0, 11).Draw(t, "edit")
	return done(t, d, w, func() (*crdt.Document, bool, error) {
		switch edit {
		case 0:
			return d.Delete(w)
		case 1:
			return put(t, d, w, Object(t, 3))
		case 2, 3:
			return put(t, d, w, changed(t, d))
		case 4:
			return d.MergePatch(w, Plain(t, Object(t, 2)))
		case 5:
			conflicts := d.Conflicts()
			if len(conflicts) == 0 {
				return d, false, nil
			}
			return d.Resolve(w, resolution(t, rapid.SampledFrom(conflicts).Draw(t, "conflict")))
		case 6:
			p, err := crdt.ParseJSONPatch(jsonPatch(t, d))
			if err != nil {
				return d, false, err
			}
			return d.JSONPatch(w, p)
		}
		return d.Apply(w, []crdt.Op{operationOn(t, d)})
	}, reasons(edit)...)
}

// reasons are why an edit may fail that was drawn without much thought.
func reasons(edit int) []error {
	if edit < 6 {
		return []error{crdt.ErrOverflow} // a counter that is out of bounds cannot be carried to a number
	}
	return []error{
		crdt.ErrOverflow, crdt.ErrKind, crdt.ErrNoValue, crdt.ErrPosition, crdt.ErrOperation, crdt.ErrPointer, crdt.ErrTest, crdt.ErrSurrogate,
	}
}

func put(t *rapid.T, d *crdt.Document, w *crdt.Writer, text string) (*crdt.Document, bool, error) {
	p := Plain(t, text)
	out, changed, err := d.Put(w, p)
	if err == nil {
		if err := CheckPut(d, out, p); err != nil {
			t.Fatalf("put %s: %v", text, err)
		}
	}
	return out, changed, err
}

// CheckPut checks that what was put is shown. It says nothing of documents with
// conflicts (of several types at one path, one from which something is only
// removed may become older than another), nor of those with sets, over which an
// array is sorted.
func CheckPut(before, after *crdt.Document, p crdt.Plain) error {
	if before.HasConflicts() || strings.Contains(string(after.AppendJSON(nil, crdt.FormatTyped)), "$set") {
		return nil
	}
	fresh, _, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{'z'}, 1, 1), p)
	if err != nil {
		return err
	}
	got, err := decodeJSON(after.AppendJSON(nil, crdt.FormatPlain))
	if err != nil {
		return err
	}
	want, err := decodeJSON(fresh.AppendJSON(nil, crdt.FormatPlain))
	if err != nil {
		return err
	}
	if !sameShown(got, want) {
		return fmt.Errorf("it was %s, and is %s", before.AppendJSON(nil, crdt.FormatTyped), after.AppendJSON(nil, crdt.FormatTyped))
	}
	return nil
}

// operationOn draws one typed operation, mostly one that fits.
func operationOn(t *rapid.T, d *crdt.Document) crdt.Op {
	root := tree(t, d, crdt.FormatTyped)
	s := rapid.SampledFrom(spotsOf(&root)).Draw(t, "spot")
	op := crdt.Op{Path: s.path, UTF16: rapid.Bool().Draw(t, "utf16")}
	at := func(most int) int { return rapid.IntRange(0, max(0, most)).Draw(t, "at") }
	switch choice := rapid.IntRange(0, 9).Draw(t, "op"); {
	case choice == 0:
		op.Op = "unset"
	case choice == 1:
		op.Op, op.Value = "set", Plain(t, JSON(t, 2))
	case s.kind == "list" && choice < 5, s.kind == "text" && choice < 8:
		op.Op, op.At = "insert", at(s.size)
		if op.Text = Words.Draw(t, "text"); s.kind == "list" {
			op.Value = Plain(t, JSON(t, 2))
		}
	case s.kind == "list" && choice < 8:
		op.Op, op.From, op.To = "move", at(s.size-1), at(s.size-1)
	case s.kind == "list" || s.kind == "text":
		op.Op, op.At = "delete", at(s.size-1)
		op.Len = rapid.IntRange(0, 2).Draw(t, "len")
	case s.kind == "set":
		op.Op, op.Value = rapid.SampledFrom([]string{"add", "remove"}).Draw(t, "which"), Plain(t, Scalars.Draw(t, "element"))
	case s.kind == "counter" && choice < 8:
		op.Op, op.By = "incr", rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "by")
	default:
		op.Path = append(op.Path, Names.Draw(t, "name"))
		op.Op = rapid.SampledFrom([]string{"set", "unset", "incr", "add"}).Draw(t, "which")
		op.By, op.Value = rapid.Int64Range(-5, 5).Draw(t, "by"), Plain(t, Scalars.Draw(t, "value"))
		if op.Op == "set" {
			op.Value = Plain(t, JSON(t, 2))
		}
	}
	return op
}

// jsonPatch draws a patch of one or two steps.
func jsonPatch(t *rapid.T, d *crdt.Document) []byte {
	root := tree(t, d, crdt.FormatTyped)
	spots := spotsOf(&root)
	var steps []map[string]any
	for range rapid.IntRange(1, 2).Draw(t, "steps") {
		s, from := rapid.SampledFrom(spots).Draw(t, "spot"), rapid.SampledFrom(spots).Draw(t, "from")
		step := map[string]any{
			"op":   rapid.SampledFrom([]string{"add", "remove", "replace", "move", "copy", "test"}).Draw(t, "op"),
			"path": s.path.String(), "from": from.path.String(), "value": drawn(t),
		}
		switch add := step["op"] == "add" || step["op"] == "copy" || step["op"] == "move"; {
		case add && s.kind == "list":
			step["path"] = fmt.Sprintf("%s/%s", s.path, rapid.SampledFrom([]string{"0", "1", "-"}).Draw(t, "index"))
		case add && s.kind == "object":
			step["path"] = append(s.path, Names.Draw(t, "name")).String()
		case step["op"] == "test" && rapid.Bool().Draw(t, "holds"):
			step["value"] = valueAt(tree(t, d, crdt.FormatPlain), s.path)
		}
		steps = append(steps, step)
	}
	b, err := json.Marshal(steps)
	must(err)
	return b
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
		r.Value = Plain(t, JSON(t, 1))
	}
	return r
}
