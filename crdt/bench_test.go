package crdt

import "testing"

// person is a document of 10 fields and about 180 bytes of JSON.
const person = `{"id":1042,"name":"Ann Lee","email":"ann.lee@example.org","city":"Rotterdam","zip":"3011AB","age":42,"active":true,"score":97.25,"note":"prefers e-mail over phone","updated":"2026-03-01T12:00Z"}`

func mustParse(tb testing.TB, s string) Plain {
	tb.Helper()
	p, err := ParseJSON([]byte(s))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func written(tb testing.TB, json string) *Document {
	tb.Helper()
	d, _, err := (*Document)(nil).Put(NewWriter(ReplicaID{'a'}, 1000, 0x0195_5001_0000_0001), mustParse(tb, json))
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func BenchmarkLoadSetEncode(b *testing.B) {
	raw := written(b, person).AppendCanonical(nil)
	ops := []Op{{Op: "set", Path: Pointer{"city"}, Value: mustParse(b, `"Utrecht"`)}}
	w := NewWriter(ReplicaID{'a'}, 2000, 0x0195_5001_0000_0002)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		d, err := Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		if d, _, err = d.Apply(w, ops); err != nil {
			b.Fatal(err)
		}
		buf = d.AppendCanonical(buf[:0])
	}
}

func BenchmarkDecode(b *testing.B) {
	raw := written(b, person).AppendCanonical(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	d := written(b, person)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = appendDocument(buf[:0], &d.root)
	}
	b.ReportMetric(float64(len(d.raw))/float64(len(person)), "bytes/JSON")
}

func BenchmarkAppendPlainJSON(b *testing.B) {
	raw := written(b, person).AppendCanonical(nil)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = AppendPlainJSON(buf[:0], raw)
	}
}

func BenchmarkParseJSON(b *testing.B) {
	text := []byte(person)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutUnchanged(b *testing.B) {
	d, p := written(b, person), mustParse(b, person)
	w := NewWriter(ReplicaID{'a'}, 2000, 0x0195_5001_0000_0002)
	b.ReportAllocs()
	for b.Loop() {
		if _, changed, err := d.Put(w, p); changed || err != nil {
			b.Fatal(changed, err)
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	base := written(b, person)
	edit := func(replica byte, path, value string) State {
		w := NewWriter(ReplicaID{replica}, 2000, 0x0195_5001_0000_0002)
		d, _, err := base.Apply(w, []Op{{Op: "set", Path: Pointer{path}, Value: mustParse(b, value)}})
		if err != nil {
			b.Fatal(err)
		}
		head, _ := w.Last()
		ctx := Counters{{'a'}: 1999}.Vector()
		ctx.Raise(head.Replica, head.Counter)
		return State{Document: d, Heads: []Dot{head}, Context: ctx}
	}
	x, y := edit('x', "city", `"Utrecht"`), edit('y', "age", `43`)
	for name, s := range map[string][2]State{"concurrent": {x, y}, "fresh": {{}, y}, "newer": {{Document: base, Heads: []Dot{{ReplicaID{'a'}, 1010}}, Context: Counters{{'a'}: 1999}.Vector()}, y}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Merge(s[0], s[1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPaper is a document with the text of a trace of 260,000 edits.
func BenchmarkPaper(b *testing.B) {
	raw, _ := paper(b, "automerge-paper")
	seen := Counters{ann: 1 << 40}.Vector()
	base, err := Decode(raw)
	if err != nil {
		b.Fatal(err)
	}
	here := State{Document: base, Context: seen}
	one, other := typed(b, here, bob, 100, "x"), typed(b, here, ReplicaID{'c'}, 50_000, "y")
	delta, err := DecodeDelta(other.Document.Reduce(seen))
	if err != nil {
		b.Fatal(err)
	}
	for name, fn := range map[string]func() error{
		"open and read": func() error {
			d, err := Decode(raw)
			if err == nil {
				_, err = d.At(Pointer{"t"}, FormatPlain)
			}
			return err
		},
		"reduce":           func() error { other.Document.Reduce(seen); return nil },
		"check":            func() error { return base.Check(seen) },
		"merge what is on": func() error { _, err := Merge(here, State{Document: delta, Context: other.Context}); return err },
		"merge concurrent": func() error { _, err := Merge(one, State{Document: delta, Context: other.Context}); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPutNew is what a put of a new document takes here, from its text to its canonical bytes.
func BenchmarkPutNew(b *testing.B) {
	text := []byte(person)
	w := NewWriter(ReplicaID{'a'}, 2000, 0x0195_5001_0000_0002)
	b.ReportAllocs()
	for b.Loop() {
		p, err := ParseJSON(text)
		if err != nil {
			b.Fatal(err)
		}
		d, _, err := (*Document)(nil).Put(w, p)
		if err != nil || d.HasConflicts() {
			b.Fatal(err)
		}
	}
}
