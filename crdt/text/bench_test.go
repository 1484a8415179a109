package text_test

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
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

// BenchmarkCanonical has the bytes written again after each update of the last
// 500 of friendsforever.
func BenchmarkCanonical(b *testing.B) {
	updates := loadTrace(b, "friendsforever").updates(b)
	var before text.Text
	for _, d := range updates[:len(updates)-500] {
		if _, err := before.Merge(d); err != nil {
			b.Fatal(err)
		}
	}
	before.Canonical()
	for b.Loop() {
		b.StopTimer()
		t := before.Clone()
		for _, d := range updates[len(updates)-500:] {
			if _, err := t.Merge(d); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			t.Canonical()
			b.StopTimer()
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/update")
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

// BenchmarkBranches merges two branches of 10,000 edits at random places, made
// offline.
func BenchmarkBranches(b *testing.B) {
	var base text.Text
	if err := base.Insert("base", 0, 0, strings.Repeat("hello ", 10000)); err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	branch := func(agent text.Agent) *text.Text {
		x := base.Clone()
		for i := range uint64(10000) {
			if err := x.Insert(agent, 10*i, r.IntN(x.Len()+1), "word"); err != nil {
				b.Fatal(err)
			}
			if err := x.Delete(agent, 10*i+4, r.IntN(x.Len()-3), 3); err != nil {
				b.Fatal(err)
			}
		}
		return x
	}
	one, two := branch("one"), branch("two")
	d := two.Delta(base.Frontier())
	for b.Loop() {
		b.StopTimer()
		x := one.Clone()
		b.StartTimer()
		if _, err := x.Merge(d); err != nil {
			b.Fatal(err)
		}
	}
}
