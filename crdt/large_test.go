package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// Inputs that are as large as they may be. What these tests assert is the
// outcome; a way to it whose time is the square of the input does not come to
// an end while anybody waits for it.

// array is the JSON of a list of n elements.
func array(n int, element func(i int) string) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(element(i))
	}
	b.WriteByte(']')
	return b.String()
}

// putLarge puts text and checks that it is there, or that it was refused for
// its size and nothing has changed.
func putLarge(t *testing.T, d *crdt.Document, w *crdt.Writer, text string) *crdt.Document {
	t.Helper()
	w.Time++
	after, _, err := d.Put(w, parse(t, text))
	switch {
	case errors.Is(err, crdt.ErrTooLarge):
		if after != d && string(after.Canonical()) != string(d.Canonical()) {
			t.Error("refused, but changed")
		}
		return after
	case err != nil:
		t.Fatal(err)
	}
	if got := after.AppendJSON(nil, crdt.FormatPlain); !bytes.Equal(got, []byte(text)) {
		t.Errorf("%.60s… came back as %.60s…", text, got)
	}
	read, err := crdt.Decode(after.Canonical())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestListsOf100000(t *testing.T) {
	const n = 100_000
	for name, element := range map[string]func(int) string{
		"numbers":   strconv.Itoa,
		"equal":     func(int) string { return "1" },
		"few":       func(i int) string { return strconv.Itoa(i * i % 7) },
		"named":     func(i int) string { return fmt.Sprintf(`{"id":%d}`, i) },
		"unnamed":   func(int) string { return `{"a":1}` },
		"list each": func(int) string { return `[]` },
	} {
		t.Run(name, func(t *testing.T) {
			size := n
			if strings.Contains(element(1), "id") {
				size = n / 2 // more is beyond MaxDocument
			}
			w := crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1)
			d := putLarge(t, nil, w, array(size, element))
			if d.IsEmpty() {
				t.Fatal("too large")
			}
			other := func(i int) string { return element(size - 1 - i) }
			changed := func(i int) string {
				if i == size/2 {
					return `"x"`
				}
				return element(i)
			}
			fresh := func(i int) string { return strconv.Quote(strconv.Itoa(i)) }
			for _, next := range []func(int) string{changed, other, fresh} {
				before := w.Taken()
				after := putLarge(t, d, w, array(size, next))
				t.Logf("%d bytes, then %d, %d dots", len(d.Canonical()), len(after.Canonical()), w.Taken()-before)
			}
		})
	}
}

// TestListsShuffled is the worst for moves.
func TestListsShuffled(t *testing.T) {
	const n = 30_000
	w := crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1)
	d := putLarge(t, nil, w, array(n, strconv.Itoa))
	for seed := range uint64(3) {
		order := rand.New(rand.NewPCG(seed, 1)).Perm(n)
		d = putLarge(t, d, w, array(n, func(i int) string { return strconv.Itoa(order[i]) }))
	}
}

// TestTextsOfAMegabyte puts texts that have nothing to do with each other.
func TestTextsOfAMegabyte(t *testing.T) {
	random := func(seed uint64, letters int) string {
		r, b := rand.New(rand.NewPCG(seed, 1)), make([]byte, 300_000)
		for i := range b {
			b[i] = byte('a' + r.IntN(letters))
		}
		return string(b)
	}
	for _, letters := range []int{2, 26} {
		w := crdt.NewWriter(crdt.ReplicaID{'a'}, 1, 1)
		d, _, err := (*crdt.Document)(nil).Put(w, parse(t, `{"$text":"`+random(1, letters)+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		before := w.Taken()
		d = putLarge(t, d, w, `"`+random(2, letters)+`"`)
		t.Logf("%d letters: %d bytes, %d dots", letters, len(d.Canonical()), w.Taken()-before)
	}
}

// TestManyOperationsOnOneList makes as many operations as a request may hold
// on a long list: the list is copied once, not for each.
func TestManyOperationsOnOneList(t *testing.T) {
	d := put(t, array(50_000, strconv.Itoa))
	var ops []crdt.Op
	for i := range 20_000 {
		ops = append(ops,
			crdt.Op{Op: "insert", At: i, Value: parse(t, `"x"`)},
			crdt.Op{Op: "move", From: 0, To: 40_000},
			crdt.Op{Op: "delete", At: 30_000, Len: 1},
			crdt.Op{Op: "set", Path: crdt.Pointer{"7"}, Value: parse(t, "7")})
	}
	want := strings.Split(strings.Trim(array(50_000, strconv.Itoa), "[]"), ",")
	for i := range 20_000 {
		want = slices.Insert(want, i, `"x"`)
		first := want[0]
		want = slices.Insert(slices.Delete(want, 0, 1), 40_000, first)
		want = slices.Delete(want, 30_000, 30_001)
		want[7] = "7"
	}
	w := later()
	after, _, err := d.Apply(w, ops)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(after.AppendJSON(nil, crdt.FormatPlain)); got != "["+strings.Join(want, ",")+"]" {
		t.Error("another list")
	}
}

// TestManyFields makes and changes many fields of one object in one patch.
func TestManyFields(t *testing.T) {
	var patch strings.Builder
	patch.WriteString(`[{"op":"test","path":"","value":{}}`)
	for i := range 15_000 {
		fmt.Fprintf(&patch, `,{"op":"add","path":"/%d","value":%d}`, i*7919%15_000, i)
	}
	patch.WriteByte(']')
	d, _, err := patched(put(t, `{}`), later(), []byte(patch.String()))
	if err != nil {
		t.Fatal(err)
	}
	checkDecode(t, d.AppendCanonical(nil))
}

// TestTooLarge refuses what is above the limits, and takes no dot.
func TestTooLarge(t *testing.T) {
	d := put(t, `{"l":[1],"t":{"$text":"x"}}`)
	long := strings.Repeat("x", crdt.MaxDocument-100)
	for name, fn := range map[string]edit{
		"text": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Apply(w, []crdt.Op{{Op: "insert", Path: crdt.Pointer{"t"}, Text: long}, {Op: "insert", Path: crdt.Pointer{"t"}, Text: long}})
		},
		"list": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			half := parse(t, `"`+long[:crdt.MaxDocument/2]+`"`)
			return d.Apply(w, []crdt.Op{{Op: "insert", Path: crdt.Pointer{"l"}, Value: half}, {Op: "insert", Path: crdt.Pointer{"l"}, Value: half}})
		},
		"elements": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, `{"l":`+array(crdt.MaxElements+1, func(int) string { return "1" })+`}`))
		},
		"nested": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, `{"x":`+array(crdt.MaxElements/2+1, func(int) string { return "[1]" })+`}`))
		},
		"edit": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.EditText(w, crdt.Pointer{"t"}, func(e *crdt.TextEdit) error { return e.Insert(0, long+long) })
		},
	} {
		w := later()
		after, changed, err := fn(d, w)
		if !errors.Is(err, crdt.ErrTooLarge) || changed || w.Taken() > 0 || typed(after) != typed(d) {
			t.Errorf("%s: changed %v, %d dots, %v", name, changed, w.Taken(), err)
		}
	}
	if _, err := crdt.ParseJSONPatch(make([]byte, crdt.MaxDocument+1)); !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("patch: %v", err)
	}
	if _, err := crdt.ParseOps(make([]byte, crdt.MaxDocument+1)); !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("operations: %v", err)
	}
}
