package crdttest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// Names draws a field name out of few, so that edits meet.
var Names = rapid.SampledFrom([]string{"a", "b", "cc", "", "a/b~c", "$$d"})

// Scalars draws the JSON of a scalar out of few, with those that are equal and
// those that nearly are.
var Scalars = rapid.SampledFrom([]string{
	"null", "true", "false", "0", "1", "1.0", "-7", "2.5", `""`, `"x"`, `"aGk="`, `"été\u0000\"\\"`, `{"$bytes":"aGk="}`,
	"9223372036854775807", "9223372036854775807.0", "-9223372036854775808", "-0.0", "1e300", "5e-324",
})

// JSON draws typed JSON of at most depth nested objects.
func JSON(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 && kind > 3 {
		kind = 0
	}
	switch kind {
	case 1:
		return fmt.Sprintf(`{"$counter":%d}`, rapid.Int64Range(-3, 3).Draw(t, "counter"))
	case 2:
		return `{"$set":[` + list(t, Scalars) + `]}`
	case 3:
		if rapid.IntRange(0, 3).Draw(t, "nested") == 0 {
			return `[{"b":[` + list(t, Scalars) + `],"a":{}},[]]`
		}
		return "[" + list(t, Scalars) + "]"
	case 4, 5, 6:
		return Object(t, depth)
	}
	return Scalars.Draw(t, "scalar")
}

// Object draws typed JSON that is an object.
func Object(t *rapid.T, depth int) string {
	var fields []string
	for _, name := range rapid.SliceOfNDistinct(Names, 0, 3, rapid.ID[string]).Draw(t, "names") {
		fields = append(fields, fmt.Sprintf("%q:%s", name, JSON(t, depth-1)))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func list(t *rapid.T, g *rapid.Generator[string]) string {
	return strings.Join(rapid.SliceOfN(g, 0, 3).Draw(t, "elements"), ",")
}

// Plain parses JSON that must be right.
func Plain(t *rapid.T, text string) crdt.Plain {
	p, err := crdt.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// AnyEdit does one or two edits of any sort.
func AnyEdit(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
	for range rapid.IntRange(1, 2).Draw(t, "edits") {
		next, err := anyEdit(t, d, w)
		switch {
		case err == nil:
			d = next
		case !errors.Is(err, crdt.ErrOverflow): // a counter that is out of bounds cannot be carried to a number
			t.Fatal(err)
		}
	}
	return d
}

func anyEdit(t *rapid.T, d *crdt.Document, w *crdt.Writer) (out *crdt.Document, err error) {
	switch rapid.IntRange(0, 6).Draw(t, "edit") {
	case 0:
		out, _, err = d.Delete(w)
	case 1:
		out, _, err = d.Put(w, Plain(t, Object(t, 2)))
	case 2:
		out, _, err = d.MergePatch(w, Plain(t, Object(t, 2)))
	case 3:
		conflicts := d.Conflicts()
		if len(conflicts) == 0 {
			return d, nil
		}
		out, _, err = d.Resolve(w, resolution(t, rapid.SampledFrom(conflicts).Draw(t, "conflict")))
	default:
		return Operation(t, d, w), nil
	}
	return out, err
}

// Operation does one typed operation, or none where it does not fit.
func Operation(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document {
	op := crdt.Op{
		Op:   rapid.SampledFrom([]string{"set", "unset", "incr", "add", "remove"}).Draw(t, "op"),
		Path: rapid.SliceOfN(Names, 0, 2).Draw(t, "path"),
	}
	switch op.Op {
	case "set":
		op.Value = Plain(t, JSON(t, 2))
	case "incr":
		op.By = rapid.OneOf(rapid.Int64Range(-5, 5), rapid.Int64()).Draw(t, "by")
	case "add", "remove":
		op.Value = Plain(t, Scalars.Draw(t, "element"))
	}
	out, _, err := d.Apply(w, []crdt.Op{op})
	if err != nil {
		return d
	}
	return out
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

// States draws a history of replicas that edit and exchange states, and
// returns every state that any of them was in, oldest first.
func States(t *rapid.T) []crdt.State {
	w := newWorld(t, AnyEdit)
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		w.step()
	}
	states := make([]crdt.State, len(w.moments))
	for i, m := range w.moments {
		states[i] = m.state
	}
	return states
}
