package shape_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/node/shape"
)

// kitchen has a field of everything.
type kitchen struct {
	Bool    bool              `json:"bool"`
	Int     int8              `json:"int,omitempty"`
	Uint    uint16            `json:"uint"`
	Float   float64           `json:"float"`
	String  string            `json:"string,omitempty"`
	Counter int64             `json:"counter,omitempty" crdt:"counter"`
	Set     []string          `json:"set" crdt:"set"`
	Text    string            `json:"text,omitempty" crdt:"text"`
	Whole   []plate           `json:"whole,omitempty" crdt:"lww"`
	List    []plate           `json:"list"`
	Pointer *plate            `json:"pointer"`
	Map     map[string]plate  `json:"map"`
	Nested  map[int][]*string `json:"nested,omitempty"`
	Bytes   []byte            `json:"bytes"`
	Time    time.Time         `json:"time,omitzero"`
	Any     any               `json:"any"`
	Plate   plate             `json:"$plate"`
}

type plate struct {
	ID    string `json:"id,omitempty"`
	Count int    `json:"count"`
}

var words = rapid.SampledFrom([]string{"", "a", "b", "$x", "ä€😀", "a/b~c"})

func plates(t *rapid.T) plate {
	return plate{rapid.SampledFrom([]string{"", "p", "q"}).Draw(t, "id"), rapid.IntRange(-2, 2).Draw(t, "count")}
}

// some draws nil, empty, or a few elements.
func some[T any](t *rapid.T, draw func(*rapid.T) T) []T {
	n := rapid.IntRange(-1, 4).Draw(t, "n")
	if n < 0 {
		return nil
	}
	out := make([]T, n)
	for i := range out {
		out[i] = draw(t)
	}
	return out
}

func word(t *rapid.T) string { return words.Draw(t, "word") }

// setOf is what a set reads as.
func setOf(s []string) []string {
	if s == nil {
		return nil
	}
	out := slices.Compact(slices.Sorted(slices.Values(s)))
	return append([]string{}, out...)
}

func kitchens(t *rapid.T) kitchen {
	k := kitchen{
		Bool: rapid.Bool().Draw(t, "bool"), Int: rapid.Int8().Draw(t, "int"), Uint: rapid.Uint16().Draw(t, "uint"),
		Float: rapid.Float64().Draw(t, "float"), String: word(t), Counter: rapid.Int64Range(-1e12, 1e12).Draw(t, "counter"),
		Set: setOf(some(t, word)), Text: word(t), Whole: some(t, plates), List: some(t, plates), Plate: plates(t),
	}
	if math.IsInf(k.Float, 0) || math.IsNaN(k.Float) || k.Float == 0 {
		k.Float = 0
	}
	if rapid.Bool().Draw(t, "pointer") {
		p := plates(t)
		k.Pointer = &p
	}
	if names := some(t, word); names != nil {
		k.Map = map[string]plate{}
		for _, name := range names {
			k.Map[name] = plates(t)
		}
	}
	for i, s := range some(t, word) {
		if k.Nested == nil {
			k.Nested = map[int][]*string{}
		}
		k.Nested[-i] = []*string{&s, nil}
	}
	if rapid.Bool().Draw(t, "bytes") {
		k.Bytes = append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "b")...)
	}
	if rapid.Bool().Draw(t, "time") {
		k.Time = time.Unix(rapid.Int64Range(0, 1e9).Draw(t, "s"), 7).UTC()
	}
	if rapid.Bool().Draw(t, "any") {
		k.Any = map[string]any{"$counter": []any{1.5, nil, word(t)}}
	}
	return k
}

// read decodes what was printed.
func read[T any](t rapid.TB, s *shape.Shape, typed []byte) T {
	t.Helper()
	var v T
	if err := s.Decode(typed, reflect.ValueOf(&v).Elem()); err != nil {
		t.Fatalf("%s: %v", typed, err)
	}
	return v
}

func of[T any](t rapid.TB) *shape.Shape {
	t.Helper()
	s, err := shape.Of(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encode(t rapid.TB, s *shape.Shape, v any) shape.Tree {
	t.Helper()
	tree, err := s.Encode(reflect.ValueOf(v))
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func overlay(t rapid.TB, s *shape.Shape, typed []byte, was, now shape.Tree) []byte {
	t.Helper()
	b, err := s.Overlay(typed, was, now)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// asRead is how a value reads after it was put: what omitempty leaves out is
// the zero value.
func asRead(k kitchen) kitchen {
	if len(k.Whole) == 0 {
		k.Whole = nil
	}
	return k
}

func TestValuesReadAsTheyWereWritten(t *testing.T) {
	s := of[kitchen](t)
	rapid.Check(t, func(t *rapid.T) {
		k := kitchens(t)
		typed := overlay(t, s, nil, shape.Tree{}, encode(t, s, k))
		if d := cmp.Diff(asRead(k), read[kitchen](t, s, typed)); d != "" {
			t.Fatalf("%s\n%s", typed, d)
		}
	})
}

// TestOverlay: what is put over a document reads as the value that was asked
// for, and touches nothing that the type has no name for.
func TestOverlay(t *testing.T) {
	s := of[kitchen](t)
	rapid.Check(t, func(t *rapid.T) {
		was, now := kitchens(t), kitchens(t)
		if rapid.Bool().Draw(t, "alike") { // differs in a few fields only
			from := now
			now = was
			v, w := reflect.ValueOf(&now).Elem(), reflect.ValueOf(from)
			for range rapid.IntRange(0, 2).Draw(t, "fields") {
				i := rapid.IntRange(0, v.NumField()-1).Draw(t, "field")
				v.Field(i).Set(w.Field(i))
			}
		}
		var doc map[string]any
		if err := json.Unmarshal(overlay(t, s, nil, shape.Tree{}, encode(t, s, was)), &doc); err != nil {
			t.Fatal(err)
		}
		doc["unknown"] = map[string]any{"$counter": 3.0}
		doc["$$plate"].(map[string]any)["unknown"] = 1.5
		typed, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		before := encode(t, s, read[kitchen](t, s, typed))
		if same := overlay(t, s, typed, before, before); !equalJSON(t, same, typed) {
			t.Fatalf("nothing was changed, but %s is %s", typed, same)
		}
		out := overlay(t, s, typed, before, encode(t, s, now))
		got := read[kitchen](t, s, out)
		if len(now.Nested) == 0 {
			got.Nested = nil // emptied, not removed
		}
		if d := cmp.Diff(asRead(now), asRead(got)); d != "" {
			t.Fatalf("%s\n%s", out, d)
		}
		var after map[string]any
		if err := json.Unmarshal(out, &after); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(doc["unknown"], after["unknown"]); d != "" || after["$$plate"].(map[string]any)["unknown"] != 1.5 {
			t.Fatalf("unknown fields are gone: %s", out)
		}
	})
}

func equalJSON(t rapid.TB, a, b []byte) bool {
	t.Helper()
	return cmp.Equal(numbered(t, a), numbered(t, b))
}

// numbered is JSON with its numbers as they are written.
func numbered(t rapid.TB, b []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestElementsKeepWhatTheTypeDoesNotSee: each element of the document has a
// secret, which follows it wherever it goes.
func TestElementsKeepWhatTheTypeDoesNotSee(t *testing.T) {
	type item struct {
		ID   int    `json:"id"`
		Note string `json:"note"`
	}
	s := of[[]item](t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		var raw []map[string]any
		for i := range n {
			raw = append(raw, map[string]any{"id": i, "note": "", "secret": fmt.Sprint("of ", i)})
		}
		typed, _ := json.Marshal(raw)
		if n == 0 {
			typed = []byte("[]")
		}
		all := read[[]item](t, s, typed)
		was := encode(t, s, all)
		for range rapid.IntRange(0, 3).Draw(t, "edits") {
			i := rapid.IntRange(0, len(all)).Draw(t, "at")
			switch {
			case i == len(all) || rapid.Bool().Draw(t, "insert"):
				all = slices.Insert(all, i, item{ID: 100 + len(all)})
			case rapid.Bool().Draw(t, "delete"):
				all = slices.Delete(all, i, i+1)
			case rapid.Bool().Draw(t, "move"):
				x := all[i]
				all = append(slices.Delete(all, i, i+1), x)
			default:
				all[i].Note += "edited"
			}
		}
		var out []map[string]any
		b := overlay(t, s, typed, was, encode(t, s, all))
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatal(err)
		}
		for i, o := range out {
			secret, _ := o["secret"].(string)
			want := ""
			if all[i].ID < 100 {
				want = fmt.Sprint("of ", all[i].ID)
			}
			if secret != want {
				t.Fatalf("element %d of %s has secret %q, want %q", i, b, secret, want)
			}
		}
	})
}

// TestFieldsThatPrintDifferently stay as they are until they are changed.
func TestFieldsThatPrintDifferently(t *testing.T) {
	type trip struct {
		N     int        `json:"n"`
		At    *time.Time `json:"at"`
		Note  *string    `json:"note"`
		Seats int        `json:"seats,omitempty" crdt:"counter"`
		Title string     `json:"title,omitempty"`
	}
	s := of[trip](t)
	typed := []byte(`{"n":1.0,"at":"2026-01-02T00:00:00.000Z","note":null,"seats":{"$counter":2},"title":"x","more":[{"$text":"t"}]}`)
	v := read[trip](t, s, typed)
	was := encode(t, s, v)
	v.Seats, v.Title = 0, ""
	want := `{"at":"2026-01-02T00:00:00.000Z","more":[{"$text":"t"}],"n":1.0,"note":null,"seats":{"$counter":0}}`
	if got := overlay(t, s, typed, was, encode(t, s, v)); string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	note := "y"
	v.N, v.At, v.Note = 2, nil, &note
	want = `{"more":[{"$text":"t"}],"n":2,"note":"y","seats":{"$counter":0}}`
	if got := overlay(t, s, typed, was, encode(t, s, v)); string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestInsideOfAnything: what is inside of an interface, of one register, or of a
// value of another type than the field says, is laid over too.
func TestInsideOfAnything(t *testing.T) {
	type item struct {
		A int `json:"a"`
	}
	type doc struct {
		Any   map[string]any `json:"any"`
		Whole []item         `json:"whole" crdt:"lww"`
		Bytes []byte         `json:"bytes" crdt:"lww"`
		Item  item           `json:"item"`
		List  []item         `json:"list"`
	}
	s := of[doc](t)
	typed := []byte(`{"any":{"big":9007199254740993,"n":{"$counter":1},"l":[{"id":1,"big":9007199254740993},2],"$$x":{"y":1.0}},` +
		`"bytes":{"$bytes":"AA=="},"item":{"$register":{"a":1,"b":2}},"list":{"$register":[{"a":1,"b":2}]},"whole":{"$register":[{"a":1,"b":{"$bytes":"AA=="}},{"a":2}]}}`)
	v := read[doc](t, s, typed)
	was := encode(t, s, v)
	v.Any["n"], v.Any["new"] = 2, []int{1}
	v.Any["l"] = []any{"first", map[string]any{"id": 1.0, "big": v.Any["big"], "more": true}}
	v.Whole[0].A, v.Whole[1].A = 7, 8
	v.Bytes, v.Item.A, v.List[0].A = []byte{1}, 5, 6
	want := `{"any":{"$$x":{"y":1.0},"big":9007199254740993,"l":["first",{"big":9007199254740993,"id":1,"more":true}],"n":2,"new":[1]},` +
		`"bytes":{"$bytes":"AQ=="},"item":{"a":5,"b":2},"list":[{"a":6,"b":2}],"whole":{"$register":[{"a":7,"b":{"$bytes":"AA=="}},{"a":8}]}}`
	if got := overlay(t, s, typed, was, encode(t, s, v)); string(got) != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

// TestWhatIsThereKeepsItsType: a tag converts nothing.
func TestWhatIsThereKeepsItsType(t *testing.T) {
	type doc struct {
		N int            `json:"n" crdt:"counter"`
		S []string       `json:"s" crdt:"set"`
		T string         `json:"t" crdt:"text"`
		L []int          `json:"l" crdt:"lww"`
		M map[string]int `json:"m" crdt:"lww"`
	}
	s := of[doc](t)
	change := func(v *doc) { v.N, v.S, v.T, v.L, v.M = v.N+1, []string{"x"}, "x", []int{1}, map[string]int{"x": 1} }
	for typed, want := range map[string]string{
		`{"n":5,"s":["a"],"t":"a","l":[5],"m":{"a":5}}`:  `{"l":[1],"m":{"x":1},"n":6,"s":["x"],"t":"x"}`,
		`{"n":null,"s":null,"t":null,"l":null,"m":null}`: `{"l":{"$register":[1]},"m":{"$register":{"x":1}},"n":{"$counter":1},"s":{"$set":["x"]},"t":{"$text":"x"}}`,
		`{}`: `{"l":{"$register":[1]},"m":{"$register":{"x":1}},"n":{"$counter":1},"s":{"$set":["x"]},"t":{"$text":"x"}}`,
		`{"n":{"$counter":5},"t":{"$text":"a"},"s":{"$set":[]},"l":{"$register":[5]},"m":{"$register":{}}}`: `{"l":{"$register":[1]},"m":{"$register":{"x":1}},"n":{"$counter":6},"s":{"$set":["x"]},"t":{"$text":"x"}}`,
	} {
		v := read[doc](t, s, []byte(typed))
		was := encode(t, s, v)
		change(&v)
		if got := overlay(t, s, []byte(typed), was, encode(t, s, v)); string(got) != want {
			t.Errorf("%s became %s, want %s", typed, got, want)
		}
	}
}
