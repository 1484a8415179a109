package crdt_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// keystroke is an edit of a trace: [position, deleted, inserted].
type keystroke struct {
	at, deleted int
	inserted    string
}

func (k *keystroke) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&k.at, &k.deleted, &k.inserted})
}

// trace reads a sequential editing trace of the outside test data.
func trace(tb testing.TB, name string) (all []keystroke, end string) {
	tb.Helper()
	z, err := gzip.NewReader(bytes.NewReader(testData(tb, name+".json.gz")))
	if err != nil {
		tb.Fatal(err)
	}
	var file struct {
		EndContent string
		Txns       []struct{ Patches []keystroke }
	}
	if err := json.NewDecoder(z).Decode(&file); err != nil {
		tb.Fatal(err)
	}
	for _, x := range file.Txns {
		all = append(all, x.Patches...)
	}
	return all, file.EndContent
}

// typeAll makes all edits of a trace as one transaction.
func typeAll(keys []keystroke) func(*crdt.TextEdit) error {
	return func(t *crdt.TextEdit) error {
		for _, k := range keys {
			if err := t.Delete(k.at, k.deleted); err != nil {
				return err
			}
			if err := t.Insert(k.at, k.inserted); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestTracesThroughTheDocument(t *testing.T) {
	for _, name := range []string{"automerge-paper", "rustcode", "sveltecomponent"} {
		keys, end := trace(t, name)
		d, changed, err := put(t, `{"t":{"$text":""}}`).EditText(later(), crdt.Pointer{"t"}, typeAll(keys))
		if err != nil || !changed {
			t.Fatal(err)
		}
		want, _ := json.Marshal(end)
		got, err := d.At(crdt.Pointer{"t"}, crdt.FormatPlain)
		if err != nil || decode(t, string(got)) != decode(t, string(want)) {
			t.Errorf("%s: another text", name)
		}
		checkDecode(t, d.AppendCanonical(nil))
	}
}

// BenchmarkTrace makes the edits of automerge-paper through a document, from
// an empty text to canonical bytes, and on the bare rope beside it.
func BenchmarkTrace(b *testing.B) {
	keys, _ := trace(b, "automerge-paper")
	empty := put(b, `{"t":{"$text":""}}`)
	var rope time.Duration
	for b.Loop() {
		b.StopTimer()
		begin := time.Now()
		var r text.Rope
		for _, k := range keys {
			if err := r.Replace(k.at, k.deleted, k.inserted); err != nil {
				b.Fatal(err)
			}
		}
		rope += time.Since(begin)
		b.StartTimer()
		if _, _, err := empty.EditText(later(), crdt.Pointer{"t"}, typeAll(keys)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rope.Nanoseconds())/float64(b.N), "rope-ns/op")
	b.ReportMetric(float64(b.Elapsed())/float64(rope), "x-rope")
}

// TestEditTextMakesItSo compares with edits of a slice of runes.
func TestEditTextMakesItSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := []rune(rapid.StringN(0, 20, -1).Draw(t, "before"))
		quoted, _ := json.Marshal(string(have))
		w := later()
		d := put(t, `[{"$text":`+string(quoted)+`}]`)
		var dots int
		d, changed, err := d.EditText(w, crdt.Pointer{"0"}, func(e *crdt.TextEdit) error {
			for range rapid.IntRange(0, 4).Draw(t, "edits") {
				at := rapid.IntRange(0, len(have)).Draw(t, "at")
				if rapid.Bool().Draw(t, "insert") {
					s := []rune(rapid.StringN(0, 5, -1).Draw(t, "s"))
					if err := e.Insert(at, string(s)); err != nil {
						return err
					}
					have = append(have[:at:at], append(s, have[at:]...)...)
					dots += len(s)
				} else {
					n := rapid.IntRange(0, len(have)-at).Draw(t, "n")
					if err := e.Delete(at, n); err != nil {
						return err
					}
					have = append(have[:at:at], have[at+n:]...)
					dots += n
				}
				if e.Len() != len(have) || e.String() != string(have) {
					t.Fatalf("%q, not %q", e, string(have))
				}
			}
			return nil
		})
		if err != nil || changed != (dots > 0) || w.Taken() != uint64(dots) {
			t.Fatalf("%v, changed %v, %d dots of %d", err, changed, w.Taken(), dots)
		}
		if got := decode(t, string(d.AppendJSON(nil, crdt.FormatPlain))); got.([]any)[0] != string(have) {
			t.Fatalf("%q, not %q", got, string(have))
		}
		checkDecode(t, d.AppendCanonical(nil))
	})
}

func TestEditTextRefuses(t *testing.T) {
	stop := errors.New("stop")
	d := put(t, `{"a":{"$text":"xyz"},"b":"xyz","c":[]}`)
	for _, c := range []struct {
		path string
		fn   func(*crdt.TextEdit) error
		err  error
	}{
		{"a", func(*crdt.TextEdit) error { return stop }, stop},
		{"a", func(e *crdt.TextEdit) error { return e.Insert(6, "x") }, crdt.ErrPosition},
		{"a", func(e *crdt.TextEdit) error { return e.Insert(-1, "x") }, crdt.ErrPosition},
		{"a", func(e *crdt.TextEdit) error { return e.Delete(4, 2) }, crdt.ErrPosition},
		{"a", func(e *crdt.TextEdit) error { return e.Delete(0, -1) }, crdt.ErrPosition},
		{"a", func(e *crdt.TextEdit) error { return e.Insert(0, "\xff") }, crdt.ErrOperation},
		{"b", func(*crdt.TextEdit) error { return nil }, crdt.ErrKind},
		{"c", func(*crdt.TextEdit) error { return nil }, crdt.ErrKind},
		{"x", func(*crdt.TextEdit) error { return nil }, crdt.ErrNoValue},
	} {
		w := later()
		after, changed, err := d.EditText(w, crdt.Pointer{c.path}, func(e *crdt.TextEdit) error {
			if err := e.Insert(0, "12"); err != nil {
				return err
			}
			return c.fn(e)
		})
		checkError(t, err, "/"+c.path, c.err)
		if changed || w.Taken() > 0 || typed(after) != typed(d) {
			t.Errorf("%v, but something was done: %s", c.err, typed(after))
		}
	}
}

func TestUTF16(t *testing.T) {
	for _, c := range []struct {
		op   crdt.Op
		want string
		err  error
	}{
		{crdt.Op{Op: "insert", At: 3, Text: "x"}, "a😀xé😀", nil},
		{crdt.Op{Op: "insert", At: 6, Text: "x"}, "a😀é😀x", nil},
		{crdt.Op{Op: "delete", At: 1, Len: 3}, "a😀", nil},
		{crdt.Op{Op: "delete", At: 0, Len: 6}, "", nil},
		{crdt.Op{Op: "insert", At: 2, Text: "x"}, "", crdt.ErrSurrogate},
		{crdt.Op{Op: "delete", At: 1, Len: 1}, "", crdt.ErrSurrogate},
		{crdt.Op{Op: "delete", At: 2, Len: 1}, "", crdt.ErrSurrogate},
		{crdt.Op{Op: "insert", At: 7, Text: "x"}, "", crdt.ErrPosition},
		{crdt.Op{Op: "insert", At: -1, Text: "x"}, "", crdt.ErrPosition},
		{crdt.Op{Op: "delete", At: 1, Len: -1}, "", crdt.ErrPosition},
		{crdt.Op{Op: "delete", At: 4, Len: 3}, "", crdt.ErrPosition},
		{crdt.Op{Op: "delete", At: 1, Len: math.MaxInt}, "", crdt.ErrPosition},
	} {
		c.op.UTF16 = true
		d, w := put(t, `{"$text":"a😀é😀"}`), later()
		after, _, err := d.Apply(w, []crdt.Op{c.op})
		if c.err != nil {
			checkError(t, err, "", c.err)
			continue
		}
		if err != nil || decode(t, string(after.AppendJSON(nil, crdt.FormatPlain))) != c.want {
			t.Errorf("%v: %s %v", c.op, typed(after), err)
		}
	}
}
