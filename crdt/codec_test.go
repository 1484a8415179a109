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
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
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
		seen := crdt.Counters{{'a'}: 100}.Vector()
		left, right := seen, seen
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
		left, right := crdt.Counters{{'a'}: 100, {'b'}: 100}.Vector(), crdt.Counters{{'a'}: 100, {'c'}: 100}.Vector()
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
	base = put(nil, writer('a', 1), `{"n":{"$counter":1},"zero":{"$counter":0}}`)
	add("counted while removed", both(`[{"op":"unset","path":"/n"}]`, `[{"op":"incr","path":"/n","by":2}]`))
	add("counted by two", both(`[{"op":"incr","path":"/zero","by":-1}]`, `[{"op":"incr","path":"/n","by":2}]`))
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
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = crdt.Decode(b) })
		checkDecode(t, b)
	})
}
