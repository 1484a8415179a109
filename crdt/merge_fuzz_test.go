package crdt_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/crdt/text"
)

// seeds are the documents of the golden file, and some that are large enough to
// be reduced.
func seeds(t testing.TB) (whole, partial [][]byte) {
	_, docs := story(t)
	for _, d := range docs {
		whole = append(whole, d.AppendCanonical(nil))
	}
	p := &past{t: t}
	base := p.write('a', `[{"op":"set","path":"","value":{"l":[{"$text":"`+strings.Repeat(long, 30)+`"},1]}}]`)
	p.write('b', `[{"op":"insert","path":"/l/0","at":7,"text":"two"},{"op":"move","path":"/l","from":0,"to":1}]`, base)
	p.write('c', `[{"op":"delete","path":"/l/0","at":3,"len":9},{"op":"delete","path":"/l","at":1,"len":1}]`, base)
	for _, s := range p.states {
		whole = append(whole, s.Document.Canonical())
		if reduced := s.Document.Reduce(p.states[base].Context); reduced != nil {
			partial = append(partial, reduced)
		}
	}
	return whole, partial
}

// FuzzDecodeDelta reads anything as what a peer sent.
func FuzzDecodeDelta(f *testing.F) {
	whole, partial := seeds(f)
	for _, b := range append(whole, partial...) {
		f.Add(b)
	}
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = crdt.DecodeDelta(b) })
		d, err := crdt.DecodeDelta(bytes.Clone(b))
		if err != nil {
			if !errors.Is(err, crdt.ErrMalformed) && !errors.Is(err, crdt.ErrFormat) && !errors.Is(err, crdt.ErrTooLarge) {
				t.Fatalf("%v is no named error", err)
			}
			return
		}
		if again := crdt.Encode(d); !bytes.Equal(again, b) {
			t.Fatalf("accepted %x, encodes as %x", b, again)
		}
		if _, err := crdt.Decode(b); (err == nil) == d.Partial() {
			t.Fatalf("partial is %v, and Decode says %v", d.Partial(), err)
		}
		seen := stateOf(d, nil, 0).Context
		if err := d.Check(seen); err != nil && errors.Is(err, crdt.ErrBeyond) {
			t.Fatalf("all was seen: %v", err)
		}
		d.HasConflicts()
		d.AppendJSON(nil, crdt.FormatTyped)
		d.Reduce(seen)
	})
}

// FuzzMerge merges any two documents that peers might send, each with a context
// that covers it and some of the other.
func FuzzMerge(f *testing.F) {
	whole, partial := seeds(f)
	for _, a := range whole {
		for _, b := range append(whole, partial...) {
			f.Add(a, b, uint64(3), uint64(25))
		}
	}
	barrage.Fuzz(f, func(t *testing.T, x, y []byte, atX, atY uint64) {
		a, err := crdt.Decode(x)
		b, err2 := crdt.DecodeDelta(y)
		if err != nil || err2 != nil {
			return
		}
		left, right := stateOf(a, b, atX), stateOf(b, a, atY)
		checked := a.Check(left.Context) == nil && b.Check(right.Context) == nil
		alloc.Bounded(t, len(x)+len(y), func() { _, _ = crdt.Merge(left, right) })
		ab, err := crdt.Merge(left, right)
		if err == nil && ab.Document.Partial() {
			t.Fatal("the outcome is partial")
		}
		if b.Partial() {
			return
		}
		ba, err2 := crdt.Merge(right, left)
		if !checked || errors.Is(err, text.ErrTooCostly) || errors.Is(err2, text.ErrTooCostly) {
			return
		}
		if (err == nil) != (err2 == nil) {
			t.Fatalf("not commutative: %v, %v", err, err2)
		}
		if err == nil {
			checkMerged(t, left, right, ab, ba)
		}
	})
}

func checkMerged(t *testing.T, left, right crdt.State, ab, ba crdt.Merged) {
	raw := ab.Document.AppendCanonical(nil)
	if !bytes.Equal(raw, ba.Document.AppendCanonical(nil)) || ab.Forged != ba.Forged {
		t.Fatalf("not commutative:\n%x\n%x", raw, ba.Document.AppendCanonical(nil))
	}
	context := left.Context.Merge(right.Context)
	if err := ab.Document.Check(context); err != nil && !errors.Is(err, text.ErrTooCostly) {
		t.Fatalf("the outcome is wrong: %v", err)
	}
	again, err := crdt.Merge(crdt.State{Document: ab.Document, Context: context}, left)
	if ab.Forged == 0 && (err != nil || again.Forged == 0 && again.Changed) {
		t.Fatalf("not idempotent: %v\n%x\n%x", err, raw, again.Document.AppendCanonical(nil))
	}
	if len(raw) <= crdt.MaxMerged {
		checkDecode(t, raw)
	}
}

// stateOf is d with a context that covers it, and o up to a counter.
func stateOf(d, o *crdt.Document, at uint64) crdt.State {
	context := crdt.VersionVector{}
	for _, dot := range crdt.Seen(d) {
		context.Raise(dot.Replica, dot.Counter)
	}
	for _, dot := range crdt.Seen(o) {
		if dot.Counter <= at {
			context.Raise(dot.Replica, dot.Counter)
		}
	}
	return crdt.State{Document: d, Context: context}
}
