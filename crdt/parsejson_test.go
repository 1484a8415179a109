package crdt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"pgregory.net/rapid"
)

func TestParseJSONRefuses(t *testing.T) {
	for _, c := range []struct {
		text, path string
		err        error
	}{
		{``, "", crdt.ErrJSON},
		{` `, "", crdt.ErrJSON},
		{`nul`, "", crdt.ErrJSON},
		{`nullx`, "", crdt.ErrJSON},
		{`1 2`, "", crdt.ErrJSON},
		{"\ufeff1", "", crdt.ErrJSON},
		{`'a'`, "", crdt.ErrJSON},
		{`+1`, "", crdt.ErrJSON},
		{`-`, "", crdt.ErrJSON},
		{`01`, "", crdt.ErrJSON},
		{`-01`, "", crdt.ErrJSON},
		{`1.`, "", crdt.ErrJSON},
		{`.5`, "", crdt.ErrJSON},
		{`1e`, "", crdt.ErrJSON},
		{`1e+`, "", crdt.ErrJSON},
		{`0x10`, "", crdt.ErrJSON},
		{`NaN`, "", crdt.ErrJSON},
		{`"`, "", crdt.ErrJSON},
		{`"\`, "", crdt.ErrJSON},
		{`"\x"`, "", crdt.ErrJSON},
		{`"\u12"`, "", crdt.ErrJSON},
		{`"\u12G4"`, "", crdt.ErrJSON},
		{"\"\n\"", "", crdt.ErrJSON},
		{"\"\\n\n\"", "", crdt.ErrJSON},
		{"\"\xff\"", "", crdt.ErrJSON},
		{"\"\\n\xff\"", "", crdt.ErrJSON},
		{`"\ud800"`, "", crdt.ErrJSON},
		{`"\udc00"`, "", crdt.ErrJSON},
		{`"\udc00\ud800"`, "", crdt.ErrJSON},
		{`"\ud800x"`, "", crdt.ErrJSON},
		{`"\ud800\u0041"`, "", crdt.ErrJSON},
		{`[1,]`, "/1", crdt.ErrJSON},
		{`[1 2]`, "", crdt.ErrJSON},
		{`[`, "/0", crdt.ErrJSON},
		{`{"a":1,}`, "", crdt.ErrJSON},
		{`{"a" 1}`, "", crdt.ErrJSON},
		{`{"a":}`, "/a", crdt.ErrJSON},
		{`{"a":1 "b":2}`, "", crdt.ErrJSON},
		{`{a:1}`, "", crdt.ErrJSON},
		{`{"a":1`, "", crdt.ErrJSON},
		{`{`, "", crdt.ErrJSON},
		{`{"a/b":{"c~":[0,{"d":tru}]}}`, "/a~1b/c~0/1/d", crdt.ErrJSON},
		{`{"a":1,"a":2}`, "/a", crdt.ErrDuplicate},
		{`{"x":{"b":1,"a":1,"\u0062":2}}`, "/x/b", crdt.ErrDuplicate},
		{`[{"a":1,"a":2}]`, "/0/a", crdt.ErrDuplicate},
		{`{"n":9223372036854775808}`, "/n", crdt.ErrNumber},
		{`-9223372036854775809`, "", crdt.ErrNumber},
		{`[1e400]`, "/0", crdt.ErrNumber},
		{`-1e999`, "", crdt.ErrNumber},
		{`{"a":{"$foo":1}}`, "/a", crdt.ErrTag},
		{`{"$":1}`, "", crdt.ErrTag},
		{`{"a":1,"$b":2}`, "", crdt.ErrTag},
		{`{"$counter":1,"a":2}`, "", crdt.ErrTag},
		{`{"$counter":1.5}`, "", crdt.ErrTag},
		{`{"$counter":"1"}`, "", crdt.ErrTag},
		{`{"$counter":9223372036854775808}`, "", crdt.ErrNumber},
		{`{"$set":1}`, "", crdt.ErrTag},
		{`{"$set":[1,[2]]}`, "/1", crdt.ErrTag},
		{`{"$set":[{"a":1}]}`, "/0", crdt.ErrTag},
		{`{"$set":[{"$counter":1}]}`, "/0", crdt.ErrTag},
		{`{"$register":[{"$set":[]}]}`, "/0", crdt.ErrTag},
		{`{"a":{"$register":{"$counter":1}}}`, "/a", crdt.ErrTag},
		{`{"$register":{"$register":1}}`, "", crdt.ErrTag},
		{`{"$register":[[{"b":{"$text":""}}]]}`, "/0/0/b", crdt.ErrTag},
		{`{"$register":1,"a":2}`, "", crdt.ErrTag},
		{`[{"$text":1}]`, "/0", crdt.ErrTag},
		{`{"$text":"\ud800"}`, "", crdt.ErrJSON},
		{`[{"$text":"x"},{"$foo":"x"}]`, "/1", crdt.ErrTag},
		{`{"$bytes":1}`, "", crdt.ErrTag},
		{`{"$bytes":"a"}`, "", crdt.ErrTag},
		{`{"$bytes":"aGl="}`, "", crdt.ErrTag},
		{strings.Repeat("[", 65) + strings.Repeat("]", 65), strings.Repeat("/0", 64), crdt.ErrDepth},
		{strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), strings.Repeat("/a", 64), crdt.ErrDepth},
		{strings.Repeat("[", 1<<19), strings.Repeat("/0", 64), crdt.ErrDepth},
		{`"` + strings.Repeat("x", crdt.MaxDocument) + `"`, "", crdt.ErrTooLarge},
	} {
		text := c.text
		if len(text) > 80 {
			text = text[:80] + "..."
		}
		_, err := crdt.ParseJSON([]byte(c.text))
		var at *crdt.PathError
		if !errors.Is(err, c.err) || !errors.As(err, &at) {
			t.Errorf("%s: %v, not %v", text, err, c.err)
		} else if at.Path != c.path {
			t.Errorf("%s: %v, at %q and not %q", text, err, at.Path, c.path)
		}
	}
}

// put writes text into an absent document.
func put(t rapid.TB, text string) *crdt.Document {
	t.Helper()
	d, _, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1), parse(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func TestJSONPrintsAsItCame(t *testing.T) {
	for in, want := range map[string]string{
		`null`: ``, `true`: ``, `0`: ``, `-0`: `0`, `1.0`: ``, `-0.0`: ``, `1e2`: `100.0`, `0.1`: ``, `1e21`: `1e+21`, `123456789012345680000.0`: ``,
		`5e-324`: ``, `1.7976931348623157e308`: `1.7976931348623157e+308`, `1e-7`: `1e-07`, `9007199254740993`: ``, `9223372036854775807`: ``, `-9223372036854775808`: ``,
		`1e-999`: `0.0`,
		`"é\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\\u0000\u001f<>&"`: "\"éé😀/\\u0008\\u000c\\n\\r\\t\\\"\\\\\\u0000\\u001f<>&\"",
		"\"\u007f\u2028\ufffd\"":                               ``,
		` [ ] `:                                                `[]`, `{ }`: `{}`,
		`{"b":1,"a":2,"aa":3,"":4}`:                       `{"":4,"a":2,"b":1,"aa":3}`,
		`[1,"a",null,{"b":[],"a":{}},[[]]]`:               `[1,"a",null,{"a":{},"b":[]},[[]]]`,
		`{"$$a":1,"$$":2,"$$$":[{"$$x":1}]}`:              `{"$$":2,"$$$":[{"$$x":1}],"$$a":1}`,
		strings.Repeat("[", 64) + strings.Repeat("]", 64): ``,
		`{"$text":""}`: ``, `[{"$text":"a\n😀"},{"$counter":1},{"$set":[1]},[{"$text":"b"}]]`: ``, `{"$register":{"a":[1,{"$bytes":"aGk="}]}}`: ``,
		`{"$register":[]}`: ``, `{"$register":5}`: `5`, `{"$register":{"$bytes":"aGk="}}`: `{"$bytes":"aGk="}`,
		`{"$set":[]}`: ``, `{"$counter":-5}`: ``, `{"$counter":5.0}`: `{"$counter":5}`, `{"$bytes":""}`: ``, `[{"$bytes":"aGk="}]`: ``,
		`{"$set":["b",2,1.0,1,null,{"$bytes":"AA=="},"a",true,false,"b",-3.5]}`: `{"$set":[null,false,true,-3.5,1,2,"a","b",{"$bytes":"AA=="}]}`,
	} {
		if want == "" {
			want = in
		}
		if got := string(put(t, in).AppendJSON(nil, crdt.FormatTyped)); got != want {
			t.Errorf("%s came back as %s, not %s", in, got, want)
		}
	}
}

func TestPlainJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"$counter":3}`: `3`,
		`{"a":{"$set":["y","x"]},"b":{"$bytes":"aGk="},"c":[{"$bytes":""}]}`: `{"a":["x","y"],"b":"aGk=","c":[""]}`,
		`{"$$a":1}`: `{"$$a":1}`,
	} {
		got, err := crdt.AppendPlainJSON([]byte("> "), put(t, in).AppendCanonical(nil))
		if err != nil || string(got) != "> "+want {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
	for _, bad := range [][]byte{nil, {0x84}, {0x84, 1, 0xa1}, {0x84, 1, 0x61}, {0x84, 1, 0x83, 4, 1, 0x61}, {0x84, 1, 0x82, 2, 0}, {0x84, 1, 0xa1, 1, 1}} {
		if got, err := crdt.AppendPlainJSON(nil, bad); !errors.Is(err, crdt.ErrMalformed) {
			t.Errorf("%x: %s %v", bad, got, err)
		}
	}
	if got := (*crdt.Document)(nil).AppendJSON(nil, crdt.FormatPlain); got != nil {
		t.Errorf("the absent document prints as %s", got)
	}
}

// TestParseJSONAgrees compares with the standard library on drawn documents.
func TestParseJSONAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(anyJSON).Draw(t, "json")
		d, _, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1), crdttest.Plain(t, text))
		if err != nil {
			t.Fatal(err)
		}
		got := d.AppendJSON(nil, crdt.FormatPlain)
		if !reflect.DeepEqual(decode(t, string(got)), decode(t, text)) {
			t.Fatalf("%s came back as %s", text, got)
		}
	})
}

// anyJSON draws JSON without tags.
func anyJSON(t *rapid.T) string {
	var v any
	switch rapid.IntRange(0, 6).Draw(t, "type") {
	case 0:
		v = rapid.String().Draw(t, "string")
	case 1:
		v = rapid.Int64().Draw(t, "int")
	case 2:
		f := rapid.Float64().Draw(t, "float")
		if a := math.Abs(f); a >= 1<<63 && a < 1e21 { // printed as an integer, and beyond int64 is an error
			f /= 1e6
		}
		v = f
	case 3:
		v = rapid.Bool().Draw(t, "bool")
	case 4:
		parts := rapid.SliceOfN(rapid.Custom(anyJSON), 0, 3).Draw(t, "array")
		return "[ " + strings.Join(parts, " ,") + "]"
	case 5:
		m := rapid.MapOfN(rapid.StringMatching(`[^$]?[a-zé"\\\n]{0,3}`), rapid.Custom(anyJSON), 0, 3).Draw(t, "object")
		var parts []string
		for name, v := range m {
			key, _ := json.Marshal(name)
			parts = append(parts, string(key)+":\t"+v)
		}
		return "{\n" + strings.Join(parts, ",") + "}"
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode(t rapid.TB, text string) (v any) {
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// FuzzParseJSON accepts only what the standard library accepts too, and prints
// what it accepted so that it reads the same again.
func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`null`, `{"a":[1,2.5,"x\u00e9\ud83d\ude00",true,null]}`, `{"$counter":1}`, `{"$set":[1,"a"]}`, `{"$bytes":"aGk="}`,
		`{"$$a":{"b":{}}}`, `[[[]]]`, `-0.0`, `1e300`, `{"a":1,"a":2}`, `"\ud800"`} {
		f.Add([]byte(s))
	}
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = crdt.ParseJSON(b) })
		p, err := crdt.ParseJSON(b)
		var at *crdt.PathError
		if err != nil {
			if !errors.As(err, &at) {
				t.Fatalf("%v names no path", err)
			}
			return
		}
		if !json.Valid(b) || !utf8.Valid(b) {
			t.Fatalf("accepted %q", b)
		}
		d, changed, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1), p)
		if err != nil || !changed {
			t.Fatal(changed, err)
		}
		text := d.AppendJSON(nil, crdt.FormatTyped)
		again := put(t, string(text))
		if !bytes.Equal(again.AppendCanonical(nil), d.AppendCanonical(nil)) {
			t.Fatalf("%s printed as %s", b, text)
		}
		checkDecode(t, d.AppendCanonical(nil))
	})
}

// TestHalfACharacterIsNamed checks that who cuts a string between the two
// units of a character is told so.
func TestHalfACharacterIsNamed(t *testing.T) {
	for _, in := range []string{`{"a":"x\ud83d"}`, `{"a":"\udc4d"}`, `{"a":"\ud83d\u0041"}`, `{"a":"\ud83d\ud83d"}`} {
		if _, err := crdt.ParseJSON([]byte(in)); !errors.Is(err, crdt.ErrJSON) || !strings.Contains(err.Error(), "surrogate pair") {
			t.Errorf("%s: %v", in, err)
		}
	}
	if _, err := crdt.ParseJSON([]byte(`"\u12"`)); err == nil || strings.Contains(err.Error(), "surrogate") {
		t.Errorf("%v", err)
	}
}
