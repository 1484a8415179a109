package barrage

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// TestInput: an input is a matter of its number alone, and few are the same.
func TestInput(t *testing.T) {
	c := newCorpus([][]any{{[]byte(`{"a":[1,2]}`), "x", uint64(7), true}, {[]byte{0x82, 1, 0x42, 1, 2}, "yz", uint64(0), false}})
	seen := map[string]int{}
	for n := range uint64(2000) {
		in := c.input(3, n)
		if again := c.input(3, n); !reflect.DeepEqual(in, again) {
			t.Fatalf("input %d is %q, and %q", n, in, again)
		}
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		seen[string(b)]++
	}
	if len(seen) < 1000 {
		t.Errorf("%d of 2000 inputs differ", len(seen))
	}
	if string(c.known[0][0].([]byte)) != `{"a":[1,2]}` {
		t.Errorf("what is known has changed: %q", c.known[0])
	}
}

// TestCBORStaysWhole: where items are changed with what counts them, what comes
// out is CBOR, mostly; in bytes within it, too.
func TestCBORStaysWhole(t *testing.T) {
	inner, err := cbor.Marshal([]any{1, "two", []byte{3}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := cbor.Marshal([]any{map[string]any{"a": 1, "b": []any{-5, 1.5, nil}}, inner, strings.Repeat("x", 30)})
	if err != nil {
		t.Fatal(err)
	}
	v := newValue(b)
	if len(v.cbor) < 14 {
		t.Fatalf("%d items in %x", len(v.cbor), b)
	}
	whole, nested := 0, 0
	for n := range uint64(2000) {
		m := mutation{rand.New(rand.NewPCG(1, n)), b}
		out := m.item(b, v.cbor, v)
		if cbor.Wellformed(out) == nil {
			whole++
		}
		if items := newValue(out).cbor; len(items) >= 13 {
			nested++
		}
	}
	if whole < 1500 || nested < 1000 {
		t.Errorf("%d of 2000 are CBOR, %d with CBOR within", whole, nested)
	}
	if v := newValue([]byte{0x18}); v.cbor != nil {
		t.Errorf("half a head has items: %v", v.cbor)
	}
}

// TestJSONStaysJSON: mostly.
func TestJSONStaysJSON(t *testing.T) {
	b := []byte(` {"a" : [1, -2.5e3,"x\"y",{}], "b":null}`)
	v := newValue(b)
	if len(v.json) != 9 {
		t.Fatalf("%d values", len(v.json))
	}
	valid := 0
	for n := range uint64(2000) {
		if json.Valid(mutation{rand.New(rand.NewPCG(1, n)), b}.json(b, v.json, v)) {
			valid++
		}
	}
	if valid < 800 {
		t.Errorf("%d of 2000 are JSON", valid)
	}
}

// TestCorpus reads what the engine writes, and what is written here.
func TestCorpus(t *testing.T) {
	t.Chdir(t.TempDir())
	types := []reflect.Type{bytesType, reflect.TypeFor[string](), reflect.TypeFor[uint64](), reflect.TypeFor[int](), reflect.TypeFor[bool]()}
	in := []any{[]byte("a\x00\xff\"\n"), "é)\\", uint64(1) << 63, -7, true}
	file, err := writeInput("FuzzX", in)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"other": "go test fuzz v1\n[]byte(\"a\")\n", "none": "x", "kind": "go test fuzz v1\nstring(\"a\")\nstring(\"\")\nuint64(1)\nint(1)\nbool(true)\n"} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readCorpus("testdata/fuzz", "FuzzX", types)
	if err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], in) {
		t.Errorf("%q, %v", all, err)
	}
	if none, err := readCorpus("testdata/fuzz", "FuzzY", types); err != nil || none != nil {
		t.Errorf("%v, %v", none, err)
	}
}

// TestAny: whatever there is becomes something, and stays itself.
func TestAny(t *testing.T) {
	for _, b := range [][]byte{nil, {7}, bytes.Repeat([]byte{1, 0, 200}, 50)} {
		was := bytes.Clone(b)
		for n := range uint64(5000) {
			mutation{rand.New(rand.NewPCG(2, n)), b[:len(b)/2]}.any(b)
		}
		if !bytes.Equal(b, was) {
			t.Errorf("%x has become %x", was, b)
		}
	}
}
