package crdt_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestJSONPatchTypes is what RFC 6902 leaves to us: types stay, and what moves
// or is copied has its type.
func TestJSONPatchTypes(t *testing.T) {
	for _, c := range []struct {
		before, patch, after string
		dots                 uint64
	}{
		{`{"n":{"$counter":1}}`, `[{"op":"replace","path":"/n","value":5}]`, `{"n":{"$counter":5}}`, 1},
		{`{"n":{"$counter":1}}`, `[{"op":"add","path":"/n","value":5},{"op":"test","path":"/n","value":5.0}]`, `{"n":{"$counter":5}}`, 1},
		{`{"n":{"$counter":1},"t":{"$text":"ab"}}`, `[{"op":"copy","from":"","path":"/c"}]`, `{"c":{"n":{"$counter":1},"t":{"$text":"ab"}},"n":{"$counter":1},"t":{"$text":"ab"}}`, 6},
		{`{"s":{"$set":[1,2]},"l":[1]}`, `[{"op":"move","from":"/s","path":"/l/0"}]`, `{"l":[{"$set":[1,2]},1]}`, 5},
		{`{"s":{"$set":[1,2]}}`, `[{"op":"replace","path":"/s","value":[2,3]},{"op":"test","path":"/s","value":[2,3]}]`, `{"s":{"$set":[2,3]}}`, 2},
		{`{"r":{"$register":[1]}}`, `[{"op":"move","from":"/r","path":"/q"}]`, `{"q":{"$register":[1]}}`, 2},
		{`{"r":{"$register":[1]}}`, `[{"op":"replace","path":"/r","value":[2]}]`, `{"r":{"$register":[2]}}`, 1},
		{`{"t":{"$text":"ab"}}`, `[{"op":"replace","path":"/t","value":"xb"},{"op":"test","path":"/t","value":"xb"}]`, `{"t":{"$text":"xb"}}`, 2},
		{`{"a":{"b":{"$counter":1}}}`, `[{"op":"move","from":"/a/b","path":"/a/c"}]`, `{"a":{"c":{"$counter":1}}}`, 3},
		{`[1,2,3]`, `[{"op":"move","from":"/0","path":"/-"}]`, `[2,3,1]`, 1},
		{`[1,2,3]`, `[{"op":"move","from":"/2","path":"/2"}]`, `[1,2,3]`, 0},
		{`[[1],[2]]`, `[{"op":"move","from":"/0","path":"/1/0"}]`, ``, 0},
		{`[1,2,3]`, `[{"op":"copy","from":"/0","path":"/-"},{"op":"remove","path":"/0"}]`, `[2,3,1]`, 3},
		{`{"a":1}`, `[{"op":"remove","path":""},{"op":"add","path":"","value":[]}]`, `[]`, 2},
		{`{"a":1}`, `[{"op":"test","path":"/a","value":1.0},{"op":"test","path":"","value":{"a":1}}]`, `{"a":1}`, 0},
	} {
		w := later()
		after, changed, err := patched(put(t, c.before), w, []byte(c.patch))
		if c.after == "" {
			if err == nil {
				t.Errorf("%s %s: %s", c.before, c.patch, typed(after))
			}
			continue
		}
		if err != nil || typed(after) != c.after || w.Taken() != c.dots || changed != (c.dots > 0) {
			t.Errorf("%s %s: %s with %d dots (changed %v, %v), not %s with %d", c.before, c.patch, typed(after), w.Taken(), changed, err, c.after, c.dots)
		}
		checkDecode(t, after.AppendCanonical(nil))
	}
}

func TestJSONPatchRefuses(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 62) + `{}` + strings.Repeat("}", 62)
	for _, c := range []struct {
		before, patch, path string
		err                 error
	}{
		{`{"a":1}`, `[{"op":"test","path":"/a","value":"1"}]`, "/a", crdt.ErrTest},
		{`{"a":{}}`, `[{"op":"test","path":"/a","value":[]}]`, "/a", crdt.ErrTest},
		{`{"a":[1,2]}`, `[{"op":"test","path":"/a","value":[2,1]}]`, "/a", crdt.ErrTest},
		{`{"a":[1]}`, `[{"op":"test","path":"/a","value":[1,2]}]`, "/a", crdt.ErrTest},
		{`{"a":{"b":1}}`, `[{"op":"test","path":"/a","value":{"b":1,"c":1}}]`, "/a", crdt.ErrTest},
		{`{"a":{"$set":[1]}}`, `[{"op":"test","path":"/a","value":[[1]]}]`, "/a", crdt.ErrTest},
		{`{"a":{"$counter":1}}`, `[{"op":"test","path":"/a","value":"1"}]`, "/a", crdt.ErrTest},
		{`{"a":{"$counter":1}}`, `[{"op":"test","path":"/a","value":[]}]`, "/a", crdt.ErrTest},
		{`{"a":{"$text":"x"}}`, `[{"op":"test","path":"/a","value":"xy"}]`, "/a", crdt.ErrTest},
		{`{"a":{"$text":""}}`, `[{"op":"test","path":"/a","value":null}]`, "/a", crdt.ErrTest},
		{`{"a":{"$register":[1]}}`, `[{"op":"test","path":"/a","value":{"b":1}}]`, "/a", crdt.ErrTest},
		{`{"a":1}`, `[{"op":"test","path":"/a","value":[]}]`, "/a", crdt.ErrTest},
		{`{}`, `[{"op":"test","path":"/a","value":null}]`, "/a", crdt.ErrNoValue},
		{`{}`, `[{"op":"replace","path":"/a","value":1}]`, "/a", crdt.ErrNoValue},
		{`{}`, `[{"op":"remove","path":"/a/b"}]`, "/a", crdt.ErrNoValue},
		{`{}`, `[{"op":"add","path":"/a/b","value":1}]`, "/a", crdt.ErrNoValue},
		{`{}`, `[{"op":"copy","from":"/a","path":"/b"}]`, "/a", crdt.ErrNoValue},
		{`{}`, `[{"op":"move","from":"/a","path":"/b"}]`, "/a", crdt.ErrNoValue},
		{`{"a":1}`, `[{"op":"add","path":"/a/b","value":1}]`, "/a", crdt.ErrKind},
		{`{"a":{"$text":"x"}}`, `[{"op":"add","path":"/a/0","value":1}]`, "/a", crdt.ErrKind},
		{`{"a":{"$set":[1]}}`, `[{"op":"remove","path":"/a/0"}]`, "/a", crdt.ErrKind},
		{`{"a":{"$register":[1]}}`, `[{"op":"remove","path":"/a/0"}]`, "/a", crdt.ErrKind},
		{`[1]`, `[{"op":"remove","path":"/-"}]`, "/-", crdt.ErrPointer},
		{`[1]`, `[{"op":"remove","path":"/1"}]`, "/1", crdt.ErrPosition},
		{`[1]`, `[{"op":"add","path":"/2","value":1}]`, "/2", crdt.ErrPosition},
		{`[1]`, `[{"op":"move","from":"/0","path":"/1"}]`, "/1", crdt.ErrPosition},
		{`{"x":1}`, `[{"op":"add","path":"/$a","value":1}]`, "/$a", crdt.ErrTag},
		{`{"d":` + deep + `,"e":{}}`, `[{"op":"copy","from":"","path":"/e/f"}]`, "/e/f", crdt.ErrDepth},
	} {
		first := `[{"op":"test","path":"","value":` + c.before + `},`
		before, w := put(t, c.before), later()
		after, changed, err := patched(before, w, []byte(first+c.patch[1:]))
		checkError(t, err, c.path, c.err)
		if err != nil && !strings.Contains(err.Error(), "operation 1 (") {
			t.Errorf("%v names no operation", err)
		}
		if changed || w.Taken() > 0 || typed(after) != typed(before) {
			t.Errorf("%s %s: something was done: %s", c.before, c.patch, typed(after))
		}
	}
}

// TestPatchOfAbsent makes a document of nothing.
func TestPatchOfAbsent(t *testing.T) {
	d, _, err := patched(nil, later(), []byte(`[{"op":"add","path":"","value":{"a":1}},{"op":"add","path":"/b","value":2}]`))
	if err != nil || typed(d) != `{"a":1,"b":2}` {
		t.Errorf("%s %v", typed(d), err)
	}
	for _, patch := range []string{`[{"op":"remove","path":""}]`, `[{"op":"replace","path":"","value":1}]`, `[{"op":"test","path":"","value":null}]`} {
		if _, _, err := patched(nil, later(), []byte(patch)); !errors.Is(err, crdt.ErrNoValue) {
			t.Errorf("%s: %v", patch, err)
		}
	}
}

// TestCopiesAreBounded copies a document into itself again and again.
func TestCopiesAreBounded(t *testing.T) {
	var ops []string
	for i := range 40 {
		ops = append(ops, fmt.Sprintf(`{"op":"copy","from":"","path":"/%d"}`, i))
	}
	_, _, err := patched(put(t, `{"a":"`+strings.Repeat("x", 1000)+`"}`), later(), []byte("["+strings.Join(ops, ",")+"]"))
	if !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	ops = nil
	for range 4000 {
		ops = append(ops, `{"op":"move","from":"/a/x","path":"/b/x"},{"op":"move","from":"/b/x","path":"/a/x"}`)
	}
	_, _, err = patched(put(t, `{"a":{"x":"`+strings.Repeat("x", 10000)+`"},"b":{}}`), later(), []byte("["+strings.Join(ops, ",")+"]"))
	if !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("%v", err)
	}
}

// TestMovedElementIsTheSame edits an element on one replica while it moves on
// the other.
func TestMovedElementIsTheSame(t *testing.T) {
	for name, move := range map[string]edit{
		"patch": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return patched(d, w, []byte(`[{"op":"move","from":"/l/0","path":"/l/2"}]`))
		},
		"operation": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Apply(w, []crdt.Op{{Op: "move", Path: crdt.Pointer{"l"}, From: 0, To: 2}})
		},
		"put": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, `{"l":[{"b":2},{"c":3},{"a":{"n":1,"t":"ab"}}]}`))
		},
	} {
		a, b := newPeer('a'), newPeer('b')
		a.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, `{"l":[{"a":{"n":{"$counter":1},"t":{"$text":"ab"}}},{"b":2},{"c":3}]}`))
		})
		b.hear(t, a)
		a.edit(t, move)
		b.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			ops, err := crdt.ParseOps([]byte(`[{"op":"incr","path":"/l/0/a/n","by":2},{"op":"insert","path":"/l/0/a/t","at":1,"text":"x"},{"op":"set","path":"/l/0/z","value":true}]`))
			if err != nil {
				return nil, false, err
			}
			return d.Apply(w, ops)
		})
		b.hear(t, a)
		a.hear(t, b)
		want := `{"l":[{"b":2},{"c":3},{"a":{"n":{"$counter":3},"t":{"$text":"axb"}},"z":true}]}`
		if typed(a.Document) != want || typed(b.Document) != want {
			t.Errorf("%s: %s and %s, not %s", name, typed(a.Document), typed(b.Document), want)
		}
	}
}
