package crdt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// patchCase is one case of the outside test suites.
type patchCase struct {
	Comment, Error string
	Doc, Patch     json.RawMessage
	Expected       json.RawMessage
	Disabled       bool
}

// testData reads a file of the outside test data, or skips the test.
func testData(tb testing.TB, name string) []byte {
	tb.Helper()
	dir := os.Getenv("CRDTSTORE_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if os.IsNotExist(err) {
		tb.Skipf("no outside test data: %v (set CRDTSTORE_TESTDATA)", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func patchCases(t *testing.T, name string) (cases []patchCase) {
	t.Helper()
	if err := json.Unmarshal(testData(t, name), &cases); err != nil {
		t.Fatal(err)
	}
	enabled := cases[:0]
	for _, c := range cases {
		if !c.Disabled {
			enabled = append(enabled, c)
		}
	}
	return enabled
}

// suites calls fn for every enabled case of RFC 6902.
func suites(t *testing.T, fn func(t *testing.T, c patchCase)) {
	for _, name := range []string{"json-patch-tests.json", "json-patch-spec-tests.json"} {
		for _, c := range patchCases(t, name) {
			t.Run(c.Comment+string(c.Patch), func(t *testing.T) { fn(t, c) })
		}
	}
}

func patched(d *crdt.Document, w *crdt.Writer, patch []byte) (*crdt.Document, bool, error) {
	p, err := crdt.ParseJSONPatch(patch)
	if err != nil {
		return d, false, err
	}
	return d.JSONPatch(w, p)
}

func samePlain(t *testing.T, d *crdt.Document, want []byte) {
	t.Helper()
	got := d.AppendJSON(nil, crdt.FormatPlain)
	if !reflect.DeepEqual(decode(t, string(got)), decode(t, string(want))) {
		t.Errorf("the document is %s, not %s", got, want)
	}
}

func TestJSONPatchSuites(t *testing.T) {
	suites(t, func(t *testing.T, c patchCase) {
		before, w := put(t, string(c.Doc)), later()
		after, changed, err := patched(before, w, c.Patch)
		checkDecode(t, after.AppendCanonical(nil))
		switch {
		case c.Error != "":
			if err == nil || changed || w.Taken() > 0 {
				t.Errorf("not refused (%v, %d dots), though %s", err, w.Taken(), c.Error)
			}
			samePlain(t, after, c.Doc)
		case err != nil:
			t.Error(err)
		case c.Expected != nil:
			samePlain(t, after, c.Expected)
		}
	})
}

// TestJSONPatchOnTwoReplicas makes each document by merging what two replicas
// wrote, applies the patch at one of them, and merges again.
func TestJSONPatchOnTwoReplicas(t *testing.T) {
	suites(t, func(t *testing.T, c patchCase) {
		a, b := newPeer('a'), newPeer('b')
		a.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, string(c.Doc)))
		})
		b.hear(t, a)
		b.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, `{"other":[1]}`))
		})
		b.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, string(c.Doc)))
		})
		a.hear(t, b)
		err := a.try(func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return patched(d, w, c.Patch) })
		b.hear(t, a)
		a.hear(t, b)
		if string(a.Document.Canonical()) != string(b.Document.Canonical()) {
			t.Fatalf("the replicas differ: %s and %s", typed(a.Document), typed(b.Document))
		}
		switch {
		case (err != nil) != (c.Error != ""):
			t.Errorf("error is %v, expected %q", err, c.Error)
		case c.Error != "":
			samePlain(t, b.Document, c.Doc)
		case c.Expected != nil:
			samePlain(t, b.Document, c.Expected)
		}
	})
}

// TestPointerExamples is RFC 6901, section 5.
func TestPointerExamples(t *testing.T) {
	d := put(t, `{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}`)
	for pointer, want := range map[string]string{
		``: string(d.AppendJSON(nil, crdt.FormatPlain)), `/foo`: `["bar","baz"]`, `/foo/0`: `"bar"`, `/`: `0`, `/a~1b`: `1`,
		`/c%d`: `2`, `/e^f`: `3`, `/g|h`: `4`, `/i\j`: `5`, `/k"l`: `6`, `/ `: `7`, `/m~0n`: `8`,
	} {
		path, err := crdt.ParsePointer(pointer)
		if err != nil {
			t.Errorf("%q: %v", pointer, err)
			continue
		}
		if got, err := d.At(path, crdt.FormatPlain); err != nil || string(got) != want {
			t.Errorf("%q: %s %v", pointer, got, err)
		}
		quoted, _ := json.Marshal(pointer)
		if _, changed, err := patched(d, later(), []byte(`[{"op":"test","path":`+string(quoted)+`,"value":`+want+`}]`)); changed || err != nil {
			t.Errorf("test %q: %v", pointer, err)
		}
	}
}

func TestParseJSONPatchRefuses(t *testing.T) {
	for _, c := range []struct {
		patch, path string
		err         error
	}{
		{``, "", crdt.ErrOperation},
		{`{}`, "", crdt.ErrOperation},
		{`[`, "/0", crdt.ErrOperation},
		{`[] []`, "", crdt.ErrJSON},
		{`[{"op":"test","path":"","value":1},1]`, "/1", crdt.ErrOperation},
		{`[{}]`, "/0", crdt.ErrOperation},
		{`[{"op":1,"path":""}]`, "/0/op", crdt.ErrOperation},
		{`[{"op":"fly","path":""}]`, "/0/op", crdt.ErrOperation},
		{`[{"path":"","value":1}]`, "/0", crdt.ErrOperation},
		{`[{"op":"add","value":1}]`, "/0", crdt.ErrOperation},
		{`[{"op":"add","path":""}]`, "/0", crdt.ErrOperation},
		{`[{"op":"add","path":null,"value":1}]`, "/0/path", crdt.ErrOperation},
		{`[{"op":"add","path":"a","value":1}]`, "/0/path", crdt.ErrPointer},
		{`[{"op":"add","path":"/~2","value":1}]`, "/0/path", crdt.ErrPointer},
		{`[{"op":"add","path":"","value":}]`, "/0/value", crdt.ErrJSON},
		{`[{"op":"add","path":"","value":{"$x":1}}]`, "/0/value", crdt.ErrTag},
		{`[{"op":"add","path":"","path":"","value":1}]`, "/0/path", crdt.ErrDuplicate},
		{`[{"op":"move","path":"/a"}]`, "/0", crdt.ErrOperation},
		{`[{"op":"copy","path":"/a","from":3}]`, "/0/from", crdt.ErrOperation},
		{`[{"op":"move","from":"/a","path":"/a/b"}]`, "/0", crdt.ErrOperation},
		{`[{"op":"move","from":"","path":"/a"}]`, "/0", crdt.ErrOperation},
		{`[{"op":"remove","path":"","x":{"y":}}]`, "/0/x/y", crdt.ErrJSON},
	} {
		_, err := crdt.ParseJSONPatch([]byte(c.patch))
		checkError(t, err, c.path, c.err)
	}
	p, err := crdt.ParseJSONPatch([]byte(` [{"path":"/a","op":"remove","x":{"$y":[{"$z":1,"$z":2}]},"value":1}] `))
	if err != nil || p.Len() != 1 {
		t.Errorf("a member that nobody knows: %v", err)
	}
}
