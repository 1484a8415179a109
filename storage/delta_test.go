package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// typed is a node with a text that was typed and corrected for a while.
func typed(t testing.TB) *node {
	a := newNode(t, 'a')
	text := strings.Repeat("Was lange währt, wird endlich gut. ", 300)
	for i := range 40 {
		at := (i * 7919) % len(text) &^ 1
		for text[at]&0xc0 == 0x80 {
			at--
		}
		text = text[:at] + fmt.Sprintf("<%d %x>", i, i*i*i) + text[at:]
		a.write(t, "notes", change{key: "text", json: fmt.Sprintf(`{"t":{"$text":%q}}`, text)}, change{key: "small", json: fmt.Sprintf(`{"n":%d}`, i)})
	}
	return a
}

// delta is what a sends of its documents to who knows known.
func delta(t testing.TB, a *node, known crdt.Knowledge) storage.Frame {
	t.Helper()
	fs := a.frames(t, "notes", known, 1000)
	if len(fs) != 1 {
		t.Fatalf("%d frames", len(fs))
	}
	v := a.view(t, "notes")
	for i, d := range fs[0].Documents {
		body, err := v.Delta(d.Key, fs[0].Base)
		if err != nil {
			t.Fatal(err)
		}
		fs[0].Documents[i].Body = bytes.Clone(body)
	}
	return fs[0]
}

func sameNotes(t testing.TB, a, b *node) {
	t.Helper()
	for _, key := range []string{"text", "small"} {
		ra, errA := a.Get("notes", key)
		rb, errB := b.Get("notes", key)
		if errA != nil || errB != nil || !bytes.Equal(ra.Body, rb.Body) || !slices.Equal(ra.Heads, rb.Heads) {
			t.Errorf("%s: %d and %d bytes, %v %v", key, len(ra.Body), len(rb.Body), errA, errB)
		}
	}
	if x, y := a.knowledge(t, "notes"), b.knowledge(t, "notes"); !x.Equal(y) {
		t.Errorf("knowledge %v and %v", x, y)
	}
}

// Of a large text a peer is sent what it lacks.
func TestDeltaIsMerged(t *testing.T) {
	a, b := typed(t), newNode(t, 'b')
	b.merge(t, "notes", delta(t, a, crdt.Knowledge{})) // all of the events, at most
	sameNotes(t, a, b)
	known := b.knowledge(t, "notes")
	rec, _ := a.Get("notes", "text")
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	plain := string(doc.AppendJSON(nil, crdt.FormatPlain))
	a.write(t, "notes", change{key: "text", json: strings.Replace(plain, "gut", "sehr gut", 1)}, change{key: "small", json: `{"n":99}`})
	f := delta(t, a, known)
	for _, d := range f.Documents {
		if d.Key == "text" && len(d.Body) > 400 {
			t.Errorf("five characters travel as %d bytes", len(d.Body))
		}
	}
	if m := b.merge(t, "notes", f); len(m.Changed) != 2 || len(m.Wanted) > 0 || len(m.Refused) > 0 {
		t.Errorf("merged %+v", m)
	}
	sameNotes(t, a, b)
}

// What builds on events that are not here is wanted whole, and leaves no trace but
// the signed heads of its frame.
func TestDeltaWithoutItsBaseIsWantedWhole(t *testing.T) {
	a, b := typed(t), newNode(t, 'b')
	known := a.knowledge(t, "notes")
	a.write(t, "notes", change{key: "text", json: `{"t":"from here on"}`}, change{key: "small", json: `{"n":99}`})
	f := a.frames(t, "notes", crdt.Knowledge{}, 1000)[0]
	v := a.view(t, "notes")
	var err error
	i := slices.IndexFunc(f.Documents, func(d storage.FrameDocument) bool { return d.Key == "text" })
	whole := f.Documents[i].Body
	if f.Documents[i].Body, err = v.Delta("text", known.At("text")); err != nil || len(f.Documents[i].Body) >= len(whole) {
		t.Fatalf("delta of %d bytes, whole %d: %v", len(f.Documents[i].Body), len(whole), err)
	}
	before := withoutHeads(dump(t, b.store))
	if m := b.merge(t, "notes", f); !slices.Equal(m.Wanted, []string{"text"}) || m.Raised || len(m.Changed) > 0 || m.Renewed {
		t.Errorf("merged %+v", m)
	}
	if !sameStore(before, withoutHeads(dump(t, b.store))) {
		t.Error("something was written that is no signed head")
	}
	f.Documents[i].Body = whole
	if m := b.merge(t, "notes", f); len(m.Changed) != 2 || !m.Raised || len(m.Wanted) > 0 {
		t.Errorf("whole: %+v", m)
	}
	sameNotes(t, a, b)
}

// A text that is not what its events make, or whose events are not what the
// sender counts, is refused, and nothing else.
func TestForgedTextIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(body []byte) []byte{
		"content": func(b []byte) []byte { return bytes.Replace(b, []byte("Was lange"), []byte("Wer lange"), 1) },
		"events": func(b []byte) []byte {
			i := bytes.LastIndex(b, []byte("Was lange"))
			return append(b[:i:i], append([]byte("Wer lange"), b[i+9:]...)...)
		},
		"cut": func(b []byte) []byte { return b[:len(b)-5] },
	} {
		a, b := typed(t), newNode(t, 'b')
		f := a.frames(t, "notes", crdt.Knowledge{}, 1000)[0]
		i := slices.IndexFunc(f.Documents, func(d storage.FrameDocument) bool { return d.Key == "text" })
		body := spoil(bytes.Clone(f.Documents[i].Body))
		if bytes.Equal(body, f.Documents[i].Body) {
			t.Fatalf("%s: nothing is spoiled", name)
		}
		f.Documents[i].Body = body
		m := b.merge(t, "notes", f)
		if len(m.Refused) != 1 || m.Refused[0].Key != "text" || !slices.Equal(m.Changed, []string{"small"}) {
			t.Errorf("%s: %+v", name, m)
		}
		b.pull(t, "notes", a)
		sameNotes(t, a, b)
	}
}

// Texts that take long to check do not hold up everybody for a whole frame: it
// fits when it is cut.
func TestTextsOfAFrameAreBounded(t *testing.T) {
	a, b := typed(t), newNode(t, 'b')
	for _, key := range []string{"text2", "text3"} {
		a.write(t, "notes", change{key: key, json: `{"t":{"$text":"some words"}}`})
	}
	c := newNode(t, 'c') // in whose text, and in that of a, the same place is edited at once
	c.pull(t, "notes", a)
	for i := range 20 {
		for _, n := range []*node{a, c} {
			n.write(t, "notes", change{key: "text", ops: []crdt.Op{{Op: "insert", Path: crdt.Pointer{"t"}, At: i, Text: "xy"}}})
		}
	}
	a.pull(t, "notes", c)
	b.SetSteps(1)
	before := dump(t, b.store)
	f := a.frames(t, "notes", crdt.Knowledge{}, 1000)[0]
	if m, err := b.tryMerge("notes", f); !errors.Is(err, storage.ErrTxTooBig) {
		t.Fatalf("merged %+v, %v", m, err)
	}
	if !sameStore(before, dump(t, b.store)) {
		t.Error("something was written")
	}
	for _, f := range a.frames(t, "notes", crdt.Knowledge{}, 1) {
		if m := b.merge(t, "notes", f); len(m.Refused) > 0 {
			t.Errorf("refused %v", m.Refused)
		}
	}
	sameNotes(t, a, b)
}
