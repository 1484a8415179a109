package crdt_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

func typed(d *crdt.Document) string { return string(d.AppendJSON(nil, crdt.FormatTyped)) }

// later is a writer after every one that put uses.
func later() *crdt.Writer { return crdt.NewWriter(crdt.ReplicaID{'b'}, 1, 2) }

// stranger is a writer whose replica has never written, after all others.
func stranger() *crdt.Writer { return crdt.NewWriter(crdt.ReplicaID{'z'}, 1, 1<<60) }

// TestPutWritesTheDifference counts the dots, one for each entry written and
// each thing removed.
func TestPutWritesTheDifference(t *testing.T) {
	for _, c := range []struct {
		before, put, after string
		dots               uint64
	}{
		{`{"a":1,"b":"x"}`, `{"b":"x","a":1}`, `{"a":1,"b":"x"}`, 0},
		{`{"a":1}`, `{"a":1.0}`, `{"a":1}`, 0},
		{`{"a":[1,{"b":2}]}`, `{"a":[1.0,{"b":2}]}`, `{"a":[1,{"b":2}]}`, 0},
		{`{"a":1}`, `{"a":1.5}`, ``, 1},
		{`{"a":true}`, `{"a":1}`, ``, 1},
		{`{"a":null}`, `{"a":false}`, ``, 1},
		{`{"a":"1"}`, `{"a":1}`, ``, 1},
		{`{"a":1,"b":2}`, `{"a":1}`, ``, 1},
		{`{"a":1,"b":2,"c":{"d":1,"e":2}}`, `{}`, ``, 3},
		{`{"a":1}`, `{"a":1,"b":{"c":{}}}`, ``, 2},
		{`{"a":{"b":1,"c":2}}`, `{"a":{"b":1,"c":3}}`, ``, 1},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, ``, 1},
		{`{"a":{"b":1}}`, `{"a":7}`, ``, 1},
		{`{"a":7}`, `{"a":{"b":1}}`, ``, 2},
		{`{"a":1}`, `"flat"`, ``, 1},
		{`"flat"`, `{"a":1}`, ``, 2},
		// counters
		{`{"n":{"$counter":3}}`, `{"n":5}`, `{"n":{"$counter":5}}`, 1},
		{`{"n":{"$counter":3}}`, `{"n":{"$counter":-1}}`, `{"n":{"$counter":-1}}`, 1},
		{`{"n":{"$counter":3}}`, `{"n":3}`, `{"n":{"$counter":3}}`, 0},
		{`{"n":{"$counter":3}}`, `{"n":3.0}`, `{"n":{"$counter":3}}`, 0},
		{`{"n":{"$counter":3}}`, `{"n":3.5}`, `{"n":3.5}`, 1},
		{`{"n":{"$counter":0}}`, `{"n":{}}`, `{"n":{}}`, 1},
		{`{"n":{"$counter":0}}`, `{"n":[]}`, `{"n":[]}`, 1},
		{`{"n":{"$counter":0}}`, `{"n":"0"}`, `{"n":"0"}`, 1},
		{`{"n":3}`, `{"n":{"$counter":3}}`, ``, 2},
		{`{"n":3}`, `{"n":{"$counter":0}}`, ``, 1},
		{`{"n":{"$counter":-9223372036854775808}}`, `{"n":-1}`, `{"n":{"$counter":-1}}`, 1},
		// sets
		{`{"s":{"$set":["a","b"]}}`, `{"s":["b","c"]}`, `{"s":{"$set":["b","c"]}}`, 2},
		{`{"s":{"$set":["a","b"]}}`, `{"s":["b","a","b"]}`, `{"s":{"$set":["a","b"]}}`, 0},
		{`{"s":{"$set":[1,2.5]}}`, `{"s":[1.0,2.5]}`, `{"s":{"$set":[1,2.5]}}`, 0},
		{`{"s":{"$set":["a"]}}`, `{"s":[]}`, `{"s":{"$set":[]}}`, 1},
		{`{"s":{"$set":[]}}`, `{"s":["a"]}`, `{"s":{"$set":["a"]}}`, 1},
		{`{"s":{"$set":["a"]}}`, `{"s":{"$set":["a",null]}}`, `{"s":{"$set":[null,"a"]}}`, 1},
		{`{"s":{"$set":["a"]}}`, `{"s":["a",["b"]]}`, ``, 7},
		{`{"s":{"$set":["a"]}}`, `{"s":["a",{}]}`, ``, 5},
		{`{"s":{"$set":["a"]}}`, `{"s":"a"}`, ``, 1},
		{`{"s":["a"]}`, `{"s":{"$set":["a"]}}`, ``, 2},
		// bytes as plain JSON shows them
		{`{"b":{"$bytes":"aGk="}}`, `{"b":"aGk="}`, `{"b":{"$bytes":"aGk="}}`, 0},
		{`{"b":{"$bytes":"aGk="}}`, `{"b":"other"}`, ``, 1},
		{`{"b":[{"x":{"$bytes":"aGk="}},1]}`, `{"b":[{"x":"aGk="},1.0]}`, `{"b":[{"x":{"$bytes":"aGk="}},1]}`, 0},
		{`{"b":[{"x":{"$bytes":"aGk="}}]}`, `{"b":[{"x":"aGk"}]}`, ``, 1},
		{`{"b":{"$set":[{"$bytes":"aGk="}]}}`, `{"b":["aGk=","x"]}`, `{"b":{"$set":["x",{"$bytes":"aGk="}]}}`, 1},
	} {
		before := put(t, c.before)
		w := later()
		after, changed, err := before.Put(w, parse(t, c.put))
		if c.after == "" {
			c.after = c.put
		}
		if err != nil || typed(after) != c.after || w.Taken() != c.dots || changed != (c.dots > 0) {
			t.Errorf("%s put %s: %s with %d dots (changed %v, %v), not %s with %d", c.before, c.put, typed(after), w.Taken(), changed, err, c.after, c.dots)
		}
		if typed(before) != typed(put(t, c.before)) {
			t.Errorf("%s put %s: the input was modified", c.before, c.put)
		}
		checkDecode(t, after.AppendCanonical(nil))
	}
}

// TestPutMakesItSo puts what is drawn over what is drawn, with conflicts and
// all, and reads it back; putting what is shown changes nothing.
func TestPutMakesItSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states := crdttest.States(t)
		d := states[len(states)-1].Document
		if !d.IsEmpty() {
			for _, f := range []crdt.Format{crdt.FormatPlain, crdt.FormatTyped} {
				w := stranger()
				if _, changed, err := d.Put(w, crdttest.Plain(t, string(d.AppendJSON(nil, f)))); changed || w.Taken() > 0 || err != nil && !errors.Is(err, crdt.ErrOverflow) {
					t.Fatalf("putting %s changed it (%v)", d.AppendJSON(nil, f), err)
				}
			}
		}
		want := put(t, crdttest.JSON(t, 2))
		after, _, err := d.Put(stranger(), crdttest.Plain(t, typed(want)))
		if errors.Is(err, crdt.ErrOverflow) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if !equalPlain(t, after, want) {
			t.Fatalf("%s put %s shows %s", typed(d), typed(want), typed(after))
		}
		checkDecode(t, after.AppendCanonical(nil))
	})
}

// equalPlain compares what plain JSON shows, 1 and 1.0 being the same. An array
// may have gone to a set, so order and repetition do not count.
func equalPlain(t *rapid.T, a, b *crdt.Document) bool {
	shown := func(d *crdt.Document) any {
		return unordered(decode(t, string(d.AppendJSON(nil, crdt.FormatPlain))))
	}
	return reflect.DeepEqual(shown(a), shown(b))
}

func unordered(v any) any {
	switch v := v.(type) {
	case []any:
		set := map[string]bool{}
		for _, e := range v {
			set[fmt.Sprintf("%#v", unordered(e))] = true
		}
		return set
	case map[string]any:
		for name := range v {
			v[name] = unordered(v[name])
		}
	case float64:
		return v + 0 // 0 and -0 are the same
	}
	return v
}

func TestDelete(t *testing.T) {
	d := put(t, `{"a":1}`)
	w := later()
	gone, changed, err := d.Delete(w)
	if head, ok := w.Last(); !gone.IsEmpty() || !changed || err != nil || !ok || head.Counter != 1 {
		t.Errorf("deleted: %s %v %v, head %v", typed(gone), changed, err, head)
	}
	if len(gone.AppendCanonical(nil)) > 0 {
		t.Errorf("a deleted document has bytes")
	}
	if _, changed, err = gone.Delete(w); changed || err != nil || w.Taken() != 1 {
		t.Errorf("deleted twice: %v %v, %d dots", changed, err, w.Taken())
	}
}

func TestPutRefusesOverflow(t *testing.T) {
	d := put(t, `{"a":{"n":{"$counter":9223372036854775807}}}`)
	w := crdt.NewWriter(crdt.ReplicaID{'a'}, 10, 2)
	_, _, err := d.Apply(w, []crdt.Op{{Op: "set", Path: crdt.Pointer{"b"}, Value: parse(t, "1")}, {Op: "incr", Path: crdt.Pointer{"a", "n"}, By: 1}})
	checkError(t, err, "/a/n", crdt.ErrOverflow)
	if w.Taken() != 0 || w.Next != 10 {
		t.Errorf("%d dots were taken", w.Taken())
	}
	// Another replica's part has room; the value shown stays at the bound.
	up, _, err := d.Apply(later(), []crdt.Op{{Op: "incr", Path: crdt.Pointer{"a", "n"}, By: math.MaxInt64}})
	if err != nil || typed(up) != typed(d) {
		t.Errorf("%s %v", typed(up), err)
	}
	// From out of bounds, no replica can carry it to a number at once.
	_, _, err = up.Put(later(), parse(t, `{"a":{"n":-9223372036854775808}}`))
	checkError(t, err, "/a/n", crdt.ErrOverflow)
}

func checkError(t *testing.T, err error, path string, want error) {
	t.Helper()
	var at *crdt.PathError
	if !errors.Is(err, want) || !errors.As(err, &at) || at.Path != path {
		t.Errorf("error is %v, not %v at %q", err, want, path)
	}
}

func TestDocumentsHaveALimit(t *testing.T) {
	half := `"` + strings.Repeat("x", crdt.MaxDocument/2) + `"`
	d := put(t, `{"a":`+half+`}`)
	w := later()
	_, changed, err := d.Apply(w, []crdt.Op{{Op: "set", Path: crdt.Pointer{"b"}, Value: parse(t, half)}})
	checkError(t, err, "", crdt.ErrTooLarge)
	if changed || w.Taken() != 0 {
		t.Errorf("changed %v, %d dots", changed, w.Taken())
	}
	// Two halves that meet are too large to edit, but can be made smaller.
	other, _, err := put(t, `{"a":1}`).Put(later(), parse(t, `{"a":1,"b":`+half+`}`))
	if err != nil {
		t.Fatal(err)
	}
	both := merge(t, crdt.State{Document: d, Context: crdt.Counters{{'a'}: 2}.Vector()}, crdt.State{Document: other, Context: crdt.Counters{{'a'}: 2, {'b'}: 1}.Vector()}).Document
	if len(both.AppendCanonical(nil)) <= crdt.MaxDocument {
		t.Fatal("no merge beyond the limit")
	}
	if _, err := crdt.Decode(both.AppendCanonical(nil)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := both.Apply(later(), []crdt.Op{{Op: "unset", Path: crdt.Pointer{"b"}}}); err != nil {
		t.Error(err)
	}
}

// TestMergePatch is the table of RFC 7396, appendix A, and what is ours.
func TestMergePatch(t *testing.T) {
	for _, c := range []struct{ before, patch, after string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{``, `{"a":{"b":null,"c":1}}`, `{"a":{"c":1}}`},
		{`{"n":{"$counter":1},"s":{"$set":["a"]},"x":1}`, `{"n":4,"s":["b"],"x":null}`, `{"n":{"$counter":4},"s":{"$set":["b"]}}`},
		{`{"n":{"$counter":1}}`, `{"n":{"a":null}}`, `{"n":{}}`},
		{`{"m":{"a":1}}`, `{"m":{"$counter":2}}`, `{"m":{"$counter":2}}`},
		{`{"r":{"$register":{"a":1,"b":{"c":1,"d":null}}}}`, `{"r":{"a":null,"b":{"c":2},"e":{"f":null}}}`, `{"r":{"$register":{"b":{"c":2,"d":null},"e":{}}}}`},
		{`{"$register":{"b":[1],"cc":2}}`, `{"a":{"$bytes":"aGk="},"b":[null],"dd":null}`, `{"$register":{"a":{"$bytes":"aGk="},"b":[null],"cc":2}}`},
		{`{"$register":{"a":1}}`, `{"n":{"$counter":2}}`, `{"a":1,"n":{"$counter":2}}`},
		{`{"$register":[1]}`, `{"a":1}`, `{"$register":{"a":1}}`},
	} {
		var before *crdt.Document
		if c.before != "" {
			before = put(t, c.before)
		}
		w := later()
		after, changed, err := before.MergePatch(w, parse(t, c.patch))
		if err != nil || !changed || typed(after) != c.after {
			t.Errorf("%s patched by %s: %s %v %v", c.before, c.patch, typed(after), changed, err)
		}
		checkDecode(t, after.AppendCanonical(nil))
		w = later()
		if _, changed, err := after.MergePatch(w, parse(t, c.patch)); changed || err != nil || w.Taken() > 0 {
			t.Errorf("%s patched twice: %v %v", c.patch, changed, err)
		}
	}
}

func TestEditsNeedAValue(t *testing.T) {
	d := put(t, `{"a":1}`)
	_, _, err := d.Put(later(), crdt.Plain{})
	checkError(t, err, "", crdt.ErrNoValue)
	_, _, err = d.MergePatch(later(), crdt.Plain{})
	checkError(t, err, "", crdt.ErrNoValue)
}
