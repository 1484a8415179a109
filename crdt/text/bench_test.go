package text_test

import (
	"bytes"
	"compress/flate"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// BenchmarkRope makes the edits of automerge-paper on bare content.
func BenchmarkRope(b *testing.B) {
	tr := loadTrace(b, "automerge-paper")
	for b.Loop() {
		var r text.Rope
		for _, x := range tr.Txns {
			for _, p := range x.Patches {
				if err := r.Replace(p.at, p.deleted, p.inserted); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// BenchmarkLocal makes the same edits on a text: read it as a ratio to
// BenchmarkRope.
func BenchmarkLocal(b *testing.B) {
	tr := loadTrace(b, "automerge-paper")
	for b.Loop() {
		var t text.Text
		tr.edit(b, &t)
	}
}

// BenchmarkEncode encodes history and content of automerge-paper, and reports
// their sizes, plain and as two deflate streams (level 9).
func BenchmarkEncode(b *testing.B) {
	tr := loadTrace(b, "automerge-paper")
	var t text.Text
	tr.edit(b, &t)
	var canonical []byte
	for b.Loop() {
		canonical = t.AppendCanonical(canonical[:0])
	}
	b.ReportMetric(float64(len(canonical)+len(t.String())), "B-plain")
	b.ReportMetric(float64(len(deflate(b, canonical))+len(deflate(b, []byte(t.String())))), "B-deflated")
}

func deflate(tb testing.TB, p []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = w.Write(p)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkLoad brings automerge-paper back: the text to read, from deflated
// content; and with its events, to edit.
func BenchmarkLoad(b *testing.B) {
	tr := loadTrace(b, "automerge-paper")
	var t text.Text
	tr.edit(b, &t)
	packed, canonical := deflate(b, []byte(t.String())), t.AppendCanonical(nil)
	b.Run("text", func(b *testing.B) {
		for b.Loop() {
			p, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
			if err != nil || utf8.RuneCount(p) != t.Len() {
				b.Fatal(err)
			}
		}
	})
	b.Run("events", func(b *testing.B) {
		for b.Loop() {
			if _, err := text.Load(canonical, tr.EndContent); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkConcurrent merges friendsforever: all of it at once from its bytes,
// and update by update.
func BenchmarkConcurrent(b *testing.B) {
	tr := loadTrace(b, "friendsforever")
	updates := tr.updates(b)
	var whole text.Text
	for _, d := range updates {
		if _, err := whole.Merge(d); err != nil {
			b.Fatal(err)
		}
	}
	blob := whole.AppendCanonical(nil)
	b.Run("blob", func(b *testing.B) {
		for b.Loop() {
			d, err := text.Decode(blob)
			if err != nil {
				b.Fatal(err)
			}
			var t text.Text
			if _, err := t.Merge(d); err != nil || t.String() != tr.EndContent {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(blob)), "B")
	})
	b.Run("updates", func(b *testing.B) {
		for b.Loop() {
			var t text.Text
			for _, d := range updates {
				if _, err := t.Merge(d); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(updates)), "ns/update")
	})
}
