package crdt_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"pgregory.net/rapid"
)

// sound does an edit and checks what holds for all of them: if it fails, it
// says where, and nothing has changed; if not, the document can be stored,
// printed and put again.
func sound(t rapid.TB, d *crdt.Document, w *crdt.Writer, fn edit) *crdt.Document {
	t.Helper()
	before, taken, next := string(d.Canonical()), w.Taken(), w.Next
	tree := slices.Collect(d.Entries())
	w.Time++
	after, changed, err := fn(d, w)
	var at *crdt.PathError
	switch {
	case !reflect.DeepEqual(slices.Collect(d.Entries()), tree):
		t.Fatal("the edit changed its input")
	case changed != (w.Taken() > taken) || w.Next-next != w.Taken()-taken:
		t.Fatalf("changed is %v, %d dots taken, next is %d after %d", changed, w.Taken()-taken, w.Next, next)
	case err != nil && !errors.As(err, &at):
		t.Fatalf("%v names no path", err)
	case (err != nil || !changed) && string(after.Canonical()) != before:
		t.Fatalf("nothing changed (%v), but the document is %s", err, typed(after))
	case err != nil && changed:
		t.Fatalf("changed, and %v", err)
	}
	if err != nil || !changed {
		return d
	}
	for dot := range after.Dots() {
		if dot.Replica == w.Replica && dot.Counter >= w.Next {
			t.Fatalf("%s was not taken", dot)
		}
	}
	if after.IsEmpty() {
		return after
	}
	read, err := crdt.Decode(after.Canonical())
	if err != nil {
		t.Fatalf("%s: %v", typed(after), err)
	}
	for _, f := range []crdt.Format{crdt.FormatPlain, crdt.FormatTyped} {
		_, changed, err := read.Put(crdt.NewWriter(crdt.ReplicaID{'z'}, 1, 1), parse(t, string(read.AppendJSON(nil, f))))
		if _, _, err := patched(read, w, []byte(`[{"op":"test","path":"","value":`+string(read.AppendJSON(nil, f))+`}]`)); err != nil {
			t.Fatalf("%s is not itself: %v", read.AppendJSON(nil, f), err)
		}
		if changed || err != nil && !errors.Is(err, crdt.ErrOverflow) && !errors.Is(err, crdt.ErrTooLarge) {
			t.Fatalf("putting %s again: changed %v, %v", read.AppendJSON(nil, f), changed, err)
		}
	}
	return read
}

func FuzzParseOps(f *testing.F) {
	for _, ops := range []string{`[]`, `[{"op":"set","path":"/a/0","value":{"$text":"x"}}]`, `[{"op":"incr","path":"/n","by":-1}]`,
		`[{"op":"insert","path":"/l","at":0,"value":[1]},{"op":"insert","path":"/t","at":1,"text":"é"},{"op":"delete","path":"/l","at":0,"len":1},{"op":"move","path":"/l","from":0,"to":1}]`,
		`[{"op":"add","path":"/s","value":1},{"op":"remove","path":"/s","value":"x"},{"op":"unset","path":""}]`} {
		f.Add([]byte(ops), []byte(`{"a":[1,{"b":2}],"l":[1,2],"t":{"$text":"abc"},"n":{"$counter":1},"s":{"$set":["x"]}}`))
	}
	barrage.Fuzz(f, func(t *testing.T, text, doc []byte) {
		alloc.Bounded(t, len(text), func() { _, _ = crdt.ParseOps(text) })
		ops, err := crdt.ParseOps(text)
		p, err2 := crdt.ParseJSON(doc)
		if !pathed(t, err) || !pathed(t, err2) {
			return
		}
		d, _, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1), p)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, d, later(), func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Apply(w, ops) })
	})
}

func FuzzParseJSONPatch(f *testing.F) {
	for _, patch := range []string{`[]`, `[{"op":"add","path":"/l/-","value":{"a":[]}},{"op":"remove","path":"/a"}]`,
		`[{"op":"move","from":"/l/0","path":"/l/1"},{"op":"move","from":"/a/1/b","path":"/l/0"},{"op":"copy","from":"","path":"/x"}]`,
		`[{"op":"test","path":"/t","value":"abc"},{"op":"replace","path":"/t","value":"abd","x":{"$y":1}}]`} {
		f.Add([]byte(patch), []byte(`{"a":[1,{"b":2}],"l":[1,2],"t":{"$text":"abc"},"n":{"$counter":1},"s":{"$set":["x"]}}`))
	}
	barrage.Fuzz(f, func(t *testing.T, text, doc []byte) {
		alloc.Bounded(t, len(text), func() { _, _ = crdt.ParseJSONPatch(text) })
		patch, err := crdt.ParseJSONPatch(text)
		p, err2 := crdt.ParseJSON(doc)
		if !pathed(t, err) || !pathed(t, err2) {
			return
		}
		d, _, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1), p)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, d, later(), func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.JSONPatch(w, patch) })
	})
}

// pathed reports whether there is no error; one must be a *PathError.
func pathed(t *testing.T, err error) bool {
	var at *crdt.PathError
	if err != nil && !errors.As(err, &at) {
		t.Fatalf("%v names no path", err)
	}
	return err == nil
}

// FuzzEdits drives all edits on documents with everything in them, conflicts
// too.
func FuzzEdits(f *testing.F) {
	random := rand.NewChaCha8([32]byte{})
	for range 50 { // fewer bytes are not enough for most documents and their edits
		b := make([]byte, 8<<10)
		_, _ = random.Read(b)
		f.Add(b)
	}
	edits := rapid.MakeFuzz(anyEdits)
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.BoundedOnce(t, editBytes*len(b), func() { edits(t, b) })
	})
}

// editBytes is how many bytes a byte that edits are drawn from counts for: it may
// be an edit, after each of which the whole document is checked in many ways.
const editBytes = 1 << 10

func TestEdits(t *testing.T) { rapid.Check(t, anyEdits) }

// anyEdits edits a document that two replicas have in common, at both of them.
func anyEdits(t *rapid.T) {
	peers := []*peer{newPeer('a'), newPeer('b')}
	peers[0].edit(t, puts(t, anyTyped(t, 3)))
	peers[1].hear(t, peers[0])
	versions := [2][]*crdt.Document{{peers[0].Document}, {peers[0].Document}}
	for range rapid.IntRange(1, 6).Draw(t, "steps") {
		i := rapid.IntRange(0, 1).Draw(t, "peer")
		p := peers[i]
		if rapid.IntRange(0, 3).Draw(t, "hear") == 0 {
			p.hear(t, peers[1-i])
		}
		base := rapid.SampledFrom(versions[i]).Draw(t, "base")
		w := crdt.NewWriter(p.id, p.Context.Counter(p.id)+1, p.time)
		d := sound(t, p.Document, w, drawEdit(t, base))
		if last, ok := w.Last(); ok {
			p.Document, p.Heads = d, []crdt.Dot{last}
			p.Context.Raise(p.id, last.Counter)
		}
		p.time = w.Time
		versions[i] = append(versions[i], p.Document)
	}
	peers[0].hear(t, peers[1])
	peers[1].hear(t, peers[0])
	if string(peers[0].Document.Canonical()) != string(peers[1].Document.Canonical()) {
		t.Fatalf("%s and %s", typed(peers[0].Document), typed(peers[1].Document))
	}
}

// drawEdit draws an edit that may be right or wrong; base is an earlier version.
func drawEdit(t *rapid.T, base *crdt.Document) edit {
	plain := func() crdt.Plain { return crdttest.Plain(t, anyTyped(t, 2)) }
	small := func(label string) int { return rapid.IntRange(-1, 4).Draw(t, label) }
	switch rapid.IntRange(0, 6).Draw(t, "edit") {
	case 0:
		p := plain()
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Put(w, p) }
	case 1:
		p := plain()
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.MergePatch(w, p) }
	case 2:
		p := plain()
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.PutFrom(w, base, p) }
	case 3:
		path := drawPath(t)
		at, n := small("at"), small("len")
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.EditText(w, path, func(e *crdt.TextEdit) error {
				if err := e.Insert(at, "é😀"); err != nil {
					return err
				}
				return e.Delete(at, n)
			})
		}
	case 4:
		patch, err := crdt.ParseJSONPatch([]byte(drawPatch(t)))
		if err != nil {
			return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d, false, err }
		}
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.JSONPatch(w, patch) }
	}
	var ops []crdt.Op
	for range rapid.IntRange(1, 3).Draw(t, "operations") {
		op := crdt.Op{
			Op:   rapid.SampledFrom([]string{"set", "unset", "incr", "add", "remove", "insert", "delete", "move"}).Draw(t, "op"),
			Path: drawPath(t), By: 1, At: small("at"), Len: small("len"), From: small("from"), To: small("to"),
			Text: "x😀", UTF16: rapid.Bool().Draw(t, "utf16"),
		}
		if op.Op != "insert" || rapid.Bool().Draw(t, "value") {
			op.Value = plain()
		}
		ops = append(ops, op)
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Apply(w, ops) }
}

func drawPath(t *rapid.T) crdt.Pointer {
	return rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "id", "0", "1", "2", "-"}), 0, 3).Draw(t, "path")
}

func drawPatch(t *rapid.T) string {
	patch := "["
	for i := range rapid.IntRange(1, 3).Draw(t, "operations") {
		if i > 0 {
			patch += ","
		}
		op := rapid.SampledFrom([]string{"add", "remove", "replace", "move", "copy", "test"}).Draw(t, "op")
		patch += fmt.Sprintf(`{"op":%q,"path":%q,"from":%q,"value":%s}`, op, drawPath(t), drawPath(t), anyTyped(t, 2))
	}
	return patch + "]"
}
