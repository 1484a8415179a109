package crdt_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is documents with a name each: every construct of the canonical bytes.
func story(t testing.TB) (names []string, docs map[string]*crdt.Document) {
	docs = map[string]*crdt.Document{}
	add := func(name string, d *crdt.Document) {
		names, docs[name] = append(names, name), d
	}
	put := func(d *crdt.Document, w *crdt.Writer, text string) *crdt.Document {
		t.Helper()
		d, _, err := d.Put(w, parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	writer := func(replica byte, next uint64) *crdt.Writer {
		return crdt.NewWriter(crdt.ReplicaID{replica}, next, crdt.Timestamp(0x0190_0000_0000_0000+next))
	}
	add("absent", &crdt.Document{})
	add("scalar", put(nil, writer('a', 1), `"x"`))
	base := put(nil, writer('a', 1), `{"name":"Ann","age":42,"big":-9223372036854775808,"pi":3.5,"on":true,"no":null,"key":{"$bytes":"AAEC"},"tags":["a",{"b":[1]}],"sub":{"x":1}}`)
	add("object", base)
	add("one field later", put(base, writer('b', 7), `{"name":"Ann","age":43,"big":-9223372036854775808,"pi":3.5,"on":true,"no":null,"key":{"$bytes":"AAEC"},"tags":["a",{"b":[1]}],"sub":{"x":1}}`))
	add("counter and set", put(nil, writer('a', 5), `{"n":{"$counter":-3},"s":{"$set":["b","a",1,null]},"e":{"$set":[]}}`))
	join := func(one, two string) *crdt.Document {
		a, b := put(base, writer('b', 20), one), put(base, writer('c', 30), two)
		seen := crdt.VersionVector{{'a'}: 100}
		left, right := seen.Clone(), seen.Clone()
		left.Raise(crdt.ReplicaID{'b'}, 100)
		right.Raise(crdt.ReplicaID{'c'}, 100)
		return merge(t, crdt.State{Document: a, Context: left}, crdt.State{Document: b, Context: right}).Document
	}
	add("two values", join(`{"name":"Bea"}`, `{"name":"Cid"}`))
	add("two types", join(`{"sub":{"y":1}}`, `{"sub":"flat"}`))
	add("presence twice", join(`{"new":{"x":1}}`, `{"new":{"y":1}}`))
	add("edited while removed", join(`{"sub":{"x":2}}`, `{}`))
	add("list", put(nil, writer('a', 1), `{"l":["x",{"y":[1]},[]]}`))
	add("array as a whole", put(nil, writer('a', 1), `{"r":{"$register":["x",{"y":[1]},[]]}}`))
	add("text", put(nil, writer('a', 1), `{"t":{"$text":"Grüße"},"e":{"$text":""}}`))
	do := func(d *crdt.Document, w *crdt.Writer, ops string) *crdt.Document {
		t.Helper()
		list, err := crdt.ParseOps([]byte(ops))
		if err != nil {
			t.Fatal(err)
		}
		d, _, err = d.Apply(w, list)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base = put(nil, writer('a', 1), `{"l":[1,2,{"x":3},4],"t":{"$text":"abc"}}`)
	both := func(one, two string) *crdt.Document {
		a, b := do(base, writer('b', 20), one), do(base, writer('c', 30), two)
		left, right := crdt.VersionVector{{'a'}: 100, {'b'}: 100}, crdt.VersionVector{{'a'}: 100, {'c'}: 100}
		return merge(t, crdt.State{Document: a, Context: left}, crdt.State{Document: b, Context: right}).Document
	}
	add("moved by two", both(`[{"op":"move","path":"/l","from":0,"to":3}]`, `[{"op":"move","path":"/l","from":0,"to":2}]`))
	add("inserted by two", both(`[{"op":"insert","path":"/l","at":1,"value":"b"}]`, `[{"op":"insert","path":"/l","at":1,"value":"c"}]`))
	add("element edited while removed", both(`[{"op":"delete","path":"/l","at":2,"len":1}]`, `[{"op":"set","path":"/l/2/x","value":5}]`))
	add("element moved while removed", both(`[{"op":"delete","path":"/l","at":2,"len":1}]`, `[{"op":"move","path":"/l","from":2,"to":0}]`))
	add("list moved in while removed", both(`[{"op":"unset","path":"/l"}]`, `[{"op":"move","path":"/l","from":2,"to":0}]`))
	add("typed by two", both(`[{"op":"insert","path":"/t","at":1,"text":"x"}]`, `[{"op":"delete","path":"/t","at":0,"len":2}]`))
	add("text typed in while removed", both(`[{"op":"unset","path":"/t"}]`, `[{"op":"insert","path":"/t","at":1,"text":"y"}]`))
	add("list and text", both(`[{"op":"set","path":"/l","value":{"$text":"l"}}]`, `[{"op":"set","path":"/l/2/x","value":{"$text":"x"}}]`))
	add("list and object", both(`[{"op":"set","path":"/l","value":{"l":["b"]}}]`, `[{"op":"set","path":"/l/2/x","value":["c"]}]`))
	return names, docs
}

func parse(t rapid.TB, text string) crdt.Plain {
	t.Helper()
	p, err := crdt.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden holds the canonical bytes to what they have always been.
func TestGolden(t *testing.T) {
	var got strings.Builder
	names, docs := story(t)
	for _, name := range names {
		raw := docs[name].AppendCanonical(nil)
		fmt.Fprintf(&got, "# %s: %s\n%s\n", name, docs[name].AppendJSON(nil, crdt.FormatTyped), hex.EncodeToString(raw))
		if len(raw) > 0 {
			fmt.Fprintf(&got, "%s\n", crdt.VersionOf(raw))
		}
	}
	const file = "testdata/canonical.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the canonical bytes have changed:\n%s", got.String())
	}
}

// TestCanonicalIsDeterministicCBOR lets another implementation judge.
func TestCanonicalIsDeterministicCBOR(t *testing.T) {
	options := cbor.CoreDetEncOptions()
	options.ShortestFloat = cbor.ShortestFloatNone
	mode, err := options.EncMode()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, s := range crdttest.States(t) {
			raw := s.Document.AppendCanonical(nil)
			if len(raw) == 0 {
				continue
			}
			var v any
			if err := cbor.Unmarshal(raw, &v); err != nil {
				t.Fatal(err)
			}
			again, err := mode.Marshal(v)
			if err != nil || !bytes.Equal(again, raw) {
				t.Fatalf("%v\n%x\n%x", err, raw, again)
			}
		}
	})
}

// TestDecodeRefusesChangedBytes flips, cuts and adds bytes: what is still
// accepted must be another document's one encoding.
func TestDecodeRefusesChangedBytes(t *testing.T) {
	_, docs := story(t)
	for name, d := range docs {
		raw := d.AppendCanonical(nil)
		for i := range raw {
			for bit := range 8 {
				bad := bytes.Clone(raw)
				bad[i] ^= 1 << bit
				checkDecode(t, bad)
			}
			if i > 0 {
				if _, err := crdt.Decode(raw[:i]); !errors.Is(err, crdt.ErrMalformed) {
					t.Fatalf("%s cut at %d: %v", name, i, err)
				}
			}
		}
		if _, err := crdt.Decode(append(bytes.Clone(raw), 0)); !errors.Is(err, crdt.ErrMalformed) {
			t.Fatalf("%s with a byte more: %v", name, err)
		}
	}
}

// checkDecode decodes anything: it is refused, or is exactly one encoding of a
// document that prints, and merges with itself to itself.
func checkDecode(t rapid.TB, b []byte) {
	d, err := crdt.Decode(bytes.Clone(b))
	if err != nil {
		if !errors.Is(err, crdt.ErrMalformed) && !errors.Is(err, crdt.ErrFormat) && !errors.Is(err, crdt.ErrTooLarge) {
			t.Fatalf("%x: %v is no named error", b, err)
		}
		_, _ = crdt.AppendPlainJSON(nil, b)
		return
	}
	if again := crdt.Encode(d); !bytes.Equal(again, b) {
		t.Fatalf("accepted %x, encodes as %x", b, again)
	}
	if d.IsEmpty() {
		return
	}
	text, err := crdt.AppendPlainJSON(nil, b)
	if err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	if !bytes.Equal(text, d.AppendJSON(nil, crdt.FormatPlain)) {
		t.Fatalf("%x prints in two ways", b)
	}
	for _, f := range []crdt.Format{crdt.FormatPlain, crdt.FormatTyped} {
		if _, err := crdt.ParseJSON(d.AppendJSON(nil, f)); err != nil && !errors.Is(err, crdt.ErrTooLarge) {
			t.Fatalf("%x prints as %s: %v", b, d.AppendJSON(nil, f), err)
		}
	}
	for _, c := range d.Conflicts() {
		if len(c.Candidates) == 0 || !d.HasConflicts() {
			t.Fatalf("%x: conflict %+v", b, c)
		}
	}
}

// doc assembles canonical bytes by hand: body, replicas, transactions, runs.
func doc(body string, replicas string, rows, runs string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll("84 01"+body+replicas+"82"+rows+runs, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// doc5 is doc with orders.
func doc5(body, replicas, rows, runs, orders string) []byte {
	b := doc(body, replicas, rows, runs)
	b[0]++
	o, err := hex.DecodeString(strings.ReplaceAll(orders, " ", ""))
	if err != nil {
		panic(err)
	}
	return append(b, o...)
}

const (
	oneReplica  = "50 61000000000000000000000000000000"
	twoReplicas = "5820 61000000000000000000000000000000 62000000000000000000000000000000"
	oneRow      = "82 00 01" // replica 0, time 1
)

func TestDecodeRefuses(t *testing.T) {
	ok := doc("61 78", oneReplica, oneRow, "83 00 00 01")
	if _, err := crdt.Decode(ok); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"a number in a longer form":        doc("18 01", oneReplica, oneRow, "83 00 00 01"),
		"an integer beyond int64":          doc("1b 8000000000000000", oneReplica, oneRow, "83 00 00 01"),
		"a negative beyond int64":          doc("3b 8000000000000000", oneReplica, oneRow, "83 00 00 01"),
		"NaN":                              doc("fb 7ff8000000000000", oneReplica, oneRow, "83 00 00 01"),
		"infinity":                         doc("fb 7ff0000000000000", oneReplica, oneRow, "83 00 00 01"),
		"a half float":                     doc("f9 3c00", oneReplica, oneRow, "83 00 00 01"),
		"undefined":                        doc("f7", oneReplica, oneRow, "83 00 00 01"),
		"a tag":                            doc("c0 60", oneReplica, oneRow, "83 00 00 01"),
		"a text that is not UTF-8":         doc("61 ff", oneReplica, oneRow, "83 00 00 01"),
		"a surrogate":                      doc("63 eda080", oneReplica, oneRow, "83 00 00 01"),
		"an indefinite map":                doc("bf ff", oneReplica, oneRow, "83 00 00 01"),
		"fields out of order":              doc("a2 6162 01 6161 02", oneReplica, oneRow, "83 00 00 03"),
		"a field twice":                    doc("a2 6161 01 6161 02", oneReplica, oneRow, "83 00 00 03"),
		"a longer name first":              doc("a2 626161 01 6162 02", oneReplica, oneRow, "83 00 00 03"),
		"a field name that is a tag":       doc("a1 6224 78 01", oneReplica, oneRow, "83 00 00 02"),
		"a field that is a number":         doc("a1 01 01", oneReplica, oneRow, "83 00 00 02"),
		"a map too large":                  doc("ba ffffffff", oneReplica, oneRow, "83 00 00 01"),
		"a text too large":                 doc("7a ffffffff", oneReplica, oneRow, "83 00 00 01"),
		"an empty escape":                  doc("80", oneReplica, oneRow, "80"),
		"a needless escape of a scalar":    doc("83 02 01 6178", oneReplica, oneRow, "83 00 00 01"),
		"a needless escape of a map":       doc("84 01 01 f6 a0", oneReplica, oneRow, "83 00 00 01"),
		"kind 0":                           doc("83 00 01 01", oneReplica, oneRow, "83 00 00 01"),
		"kind 256":                         doc("83 19 0100 01 01", oneReplica, oneRow, "83 00 00 01"),
		"a kind twice":                     doc("86 03 01 01 03 01 01", oneReplica, oneRow, "83 00 00 02"),
		"a kind without entries":           doc("82 03 00", oneReplica, oneRow, "80"),
		"a map with nothing":               doc("83 01 00 a0", oneReplica, oneRow, "80"),
		"presence that is not null":        doc("85 01 02 f6 f5 a0", oneReplica, oneRow, "83 00 00 02"),
		"a counter of text":                doc("83 03 01 6178", oneReplica, oneRow, "83 00 00 01"),
		"a counter of a float":             doc("83 03 01 fb 3ff0000000000000", oneReplica, oneRow, "83 00 00 01"),
		"a set of arrays":                  doc("83 04 01 8101", oneReplica, oneRow, "83 00 00 01"),
		"a set of maps":                    doc("83 04 01 a0", oneReplica, oneRow, "83 00 00 01"),
		"a list with nothing":              doc("83 05 00 80", oneReplica, oneRow, "80"),
		"presence of a list not null":      doc("84 05 01 f5 80", oneReplica, oneRow, "83 00 00 01"),
		"a list of elements without order": doc("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03"),
		"orders without elements":          doc5("84 05 01 f6 80", oneReplica, oneRow, "83 00 00 01", "41 00"),
		"orders cut off":                   doc5("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03", "41 00"),
		"orders with a byte more":          doc5("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03", "44 00 03 01 00"),
		"an empty element":                 doc5("84 05 01 f6 81 80", oneReplica, oneRow, "83 00 00 01", "46 01 00 02 02 00 01"),
		"a text without entries":           doc("84 06 00 60 40", oneReplica, oneRow, "80"),
		"a text of numbers":                doc("85 06 01 01 60 40", oneReplica, oneRow, "83 00 00 01"),
		"content without heads":            doc("85 06 01 f6 6178 40", oneReplica, oneRow, "83 00 00 01"),
		"events without heads":             doc("85 06 01 f6 60 4101", oneReplica, oneRow, "83 00 00 01"),
		"heads without events":             doc("85 06 01 f5 6178 40", oneReplica, oneRow, "83 00 00 01"),
		"a partial text":                   doc("85 06 01 f5 f6 4101", oneReplica, oneRow, "83 00 00 01"),
		"a text of bytes":                  doc("85 06 01 f6 40 40", oneReplica, oneRow, "83 00 00 01"),
		"a text cut short":                 doc("84 06 01 f6 60", oneReplica, oneRow, "83 00 00 01"),
		"a list too deep":                  doc(strings.Repeat("a1 60", 64)+"84 05 01 f6 80", oneReplica, oneRow, "83 00 00 1841"),
		"set elements out of order":        doc("84 04 02 6162 6161", oneReplica, oneRow, "83 00 00 02"),
		"register values out of order":     doc("84 02 02 6161 6162", oneReplica, oneRow, "83 00 00 02"),
		"kinds out of order":               doc("86 02 01 01 03 01 01", oneReplica, oneRow, "83 00 00 02"),
		"more entries than stamps":         doc("a1 6161 01", oneReplica, oneRow, "83 00 00 01"),
		"more stamps than entries":         doc("6178", oneReplica, oneRow, "83 00 00 02"),
		"an empty run":                     doc("6178", oneReplica, oneRow, "86 00 00 01 00 00 00"),
		"a run cut in two":                 doc("a1 6161 01", oneReplica, oneRow, "86 00 00 01 00 00 01"),
		"counter 0":                        doc("6178", oneReplica, oneRow, "83 00 20 01"),
		"a counter beyond int64":           doc("6178", oneReplica, oneRow, "83 00 1b 7fffffffffffffff 01"),
		"a gap beyond int64":               doc("6178", oneReplica, oneRow, "83 00 1b 8000000000000000 01"),
		"a dot twice":                      doc("a1 6161 01", oneReplica, oneRow, "86 00 00 01 00 20 01"),
		"a dot twice in two transactions":  doc("a1 6161 01", oneReplica, "84 00 01 00 02", "86 00 00 01 01 00 01"),
		"a transaction twice":              doc("a1 6161 01", oneReplica, "84 00 01 00 01", "86 00 00 01 01 01 01"),
		"a transaction that is not used":   doc("6178", oneReplica, "84 00 01 00 02", "83 00 00 01"),
		"transactions out of order":        doc("a1 6161 01", oneReplica, "84 00 01 00 02", "86 01 00 01 00 01 01"),
		"a replica that is not used":       doc("6178", twoReplicas, oneRow, "83 00 00 01"),
		"a replica twice":                  doc("a1 6161 01", "5820"+oneReplica[2:]+oneReplica[2:], "84 00 01 01 02", "86 00 00 01 01 01 01"),
		"replicas out of order":            doc("a1 6161 01", twoReplicas, "84 01 01 00 02", "86 00 00 01 01 01 01"),
		"a replica that is not there":      doc("6178", oneReplica, "82 01 01", "83 00 00 01"),
		"replicas of another size":         doc("6178", "4161", oneRow, "83 00 00 01"),
		"a third list of stamps":           append(doc("6178", oneReplica, oneRow, "83 00 00 01"), 0x80),
		"a byte string where an array was": doc("6178", oneReplica, "40", "83 00 00 01"),
		"too deep":                         doc(strings.Repeat("a1 60", 65)+"01", oneReplica, oneRow, "83 00 00 1842"),
		"an array too deep":                doc("83 02 01"+strings.Repeat("81", 65)+"01", oneReplica, oneRow, "83 00 00 01"),
		"an array too deep in an object":   doc("a1 60 83 02 01"+strings.Repeat("81", 64)+"01", oneReplica, oneRow, "83 00 00 02"),
		"an unknown kind too deep":         doc("83 09 01"+strings.Repeat("81", 65)+"01", oneReplica, oneRow, "83 00 00 01"),
		"a set too deep":                   doc(strings.Repeat("a1 60", 64)+"83 04 01 01", oneReplica, oneRow, "83 00 00 1841"),
		"a tag inside an array":            doc("83 02 01 81 a1 6224 78 01", oneReplica, oneRow, "83 00 00 01"),
	} {
		if d, err := crdt.Decode(b); !errors.Is(err, crdt.ErrMalformed) {
			t.Errorf("%s: %v %v", name, err, d != nil)
		}
	}
	if _, err := crdt.Decode([]byte{0x84, 2, 0xf6, 0x40, 0x80}); !errors.Is(err, crdt.ErrFormat) {
		t.Errorf("format 2: %v", err)
	}
	if _, err := crdt.Decode(make([]byte, crdt.MaxMerged+1)); !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestDecodeAccepts(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		json string
	}{
		"the deepest object":         {doc(strings.Repeat("a1 60", 64)+"01", oneReplica, oneRow, "83 00 00 1841"), strings.Repeat(`{"":`, 64) + "1" + strings.Repeat("}", 64)},
		"the deepest array":          {doc("83 02 01"+strings.Repeat("81", 64)+"01", oneReplica, oneRow, "83 00 00 01"), strings.Repeat("[", 64) + "1" + strings.Repeat("]", 64)},
		"an unknown kind":            {doc("83 09 01 a1 6124 1b ffffffffffffffff", oneReplica, oneRow, "83 00 00 01"), "null"},
		"an unknown and a known":     {doc("86 09 01 82 01 02 02 01 6178", oneReplica, "84 00 02 00 01", "86 00 00 01 01 01 01"), `"x"`},
		"a kind of the next version": {doc("a1 6161 83 09 01 01", oneReplica, oneRow, "83 00 00 02"), `{"a":null}`},
		"a register of a map":        {doc("83 02 01 a1 6178 01", oneReplica, oneRow, "83 00 00 01"), `{"x":1}`},
		"an empty list":              {doc("84 05 01 f6 80", oneReplica, oneRow, "83 00 00 01"), `[]`},
		"a list":                     {doc5("84 05 01 f6 81 01", oneReplica, oneRow, "83 00 00 03", "43 00 03 01"), `[1]`},
		"an empty text":              {doc("85 06 01 f6 60 40", oneReplica, oneRow, "83 00 00 01"), `""`},
		"counter sums saturate":      {doc("84 03 02 1b 7fffffffffffffff 1b 7fffffffffffffff", twoReplicas, "84 00 01 01 01", "86 00 00 01 01 00 01"), "9223372036854775807"},
		"and downwards":              {doc("84 03 02 3b 7fffffffffffffff 20", twoReplicas, "84 00 01 01 01", "86 00 00 01 01 00 01"), "-9223372036854775808"},
		"the greatest counter":       {doc("6178", oneReplica, oneRow, "83 00 1b 7ffffffffffffffd 01"), `"x"`},
	} {
		d, err := crdt.Decode(c.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkDecode(t, c.raw)
		if got := string(d.AppendJSON(nil, crdt.FormatPlain)); got != c.json {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestManyTransactions is a document with more transactions and replicas than
// are looked for one by one.
func TestManyTransactions(t *testing.T) {
	var d *crdt.Document
	for i := range 200 {
		var r crdt.ReplicaID
		binary.BigEndian.PutUint16(r[:], uint16(i%50))
		w := crdt.NewWriter(r, uint64(i+1), crdt.Timestamp(i/3))
		next, _, err := d.Apply(w, []crdt.Op{
			{Op: "set", Path: crdt.Pointer{fmt.Sprint(i)}, Value: parse(t, "1")},
			{Op: "incr", Path: crdt.Pointer{"n"}, By: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
		d = next
	}
	checkDecode(t, d.AppendCanonical(nil))
	if n, err := d.At(crdt.Pointer{"n"}, crdt.FormatPlain); string(n) != "200" {
		t.Errorf("counted %s %v", n, err)
	}
}

// TestSize is the promise that CRDT metadata costs little.
func TestSize(t *testing.T) {
	const person = `{"id":1042,"name":"Ann Lee","email":"ann.lee@example.org","city":"Rotterdam","zip":"3011AB","age":42,"active":true,"score":97.25,"note":"prefers e-mail over phone","updated":"2026-03-01"}`
	w := crdt.NewWriter(crdt.NewReplicaID(make([]byte, 32), [16]byte{1}), 1_000_000, 0x0195_5001_0000_0001)
	d, _, err := (*crdt.Document)(nil).Put(w, parse(t, person))
	if err != nil {
		t.Fatal(err)
	}
	if got, most := len(d.AppendCanonical(nil)), len(person)*13/10; got > most {
		t.Errorf("%d bytes of JSON take %d, at most %d are allowed", len(person), got, most)
	}
}

func FuzzDecode(f *testing.F) {
	_, docs := story(f)
	for _, d := range docs {
		f.Add(d.AppendCanonical(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkDecode(t, b) })
}
