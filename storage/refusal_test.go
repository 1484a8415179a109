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

// newer is a document of replica a that its frame's vector does not cover.
func newer(t testing.TB) []byte {
	t.Helper()
	a := newNode(t, 'a')
	for i := range 300 {
		a.write(t, "people", change{key: "ann", json: fmt.Sprintf(`{"n":%d}`, i)})
	}
	rec, err := a.Get("people", "ann")
	if err != nil {
		t.Fatal(err)
	}
	return rec.Body
}

// hundred is a node with a hundred documents.
func hundred(t testing.TB) *node {
	a := newNode(t, 'a')
	var cs []change
	for i := range 100 {
		cs = append(cs, change{key: fmt.Sprintf("k%02d", i), json: fmt.Sprintf(`{"n":%d}`, i)})
	}
	a.write(t, "people", cs...)
	return a
}

// One document that cannot be merged costs only itself: all others of the frame
// are there, what is known stops at that one, and a good version of it heals.
func TestOneOfAHundredIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *storage.FrameDocument)
		says  string
	}{
		"cut off":       {func(d *storage.FrameDocument) { d.Body = d.Body[:3] }, "malformed"},
		"noise":         {func(d *storage.FrameDocument) { d.Body = bytes.Repeat([]byte{0x9f}, 5000) }, "malformed"},
		"too long":      {func(d *storage.FrameDocument) { d.Body = make([]byte, crdt.MaxMerged+1) }, "too large"},
		"newer content": {func(d *storage.FrameDocument) { d.Body = newer(t) }, "beyond what its sender has seen"},
	} {
		for _, at := range []int{0, 37, 99} {
			t.Run(fmt.Sprint(name, at), func(t *testing.T) {
				a, b := hundred(t), newNode(t, 'b')
				f := oneFrame(t, a)
				key := f.Documents[at].Key
				c.spoil(&f.Documents[at])
				m := b.merge(t, "people", f)
				if len(m.Refused) != 1 || m.Refused[0].Key != key || len(m.Wanted) > 0 || len(m.Changed) != 99 || slices.Contains(m.Changed, key) {
					t.Fatalf("merged %+v", m)
				}
				if text := m.Refused[0].Err.Error(); !strings.HasPrefix(text, "people/"+key+": ") || !strings.Contains(text, c.says) {
					t.Errorf("refused because %q, want %q", text, c.says)
				}
				want := crdt.Knowledge{}.Raise("", key, crdt.VersionVector{}, f.Vector).Raise(key+"\x00", "", crdt.VersionVector{}, f.Vector)
				if got := b.knowledge(t, "people"); !got.Equal(want) {
					t.Errorf("knows %v, want %v", got, want)
				}
				if v := b.view(t, "people"); v.Count() != 99 {
					t.Errorf("%d documents", v.Count())
				}
				if found, err := b.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
					t.Errorf("verify: %v %v", found, err)
				}
				a.write(t, "people", change{key: key, json: `"good"`})
				b.pull(t, "people", a)
				if got := b.knowledge(t, "people"); !got.Equal(a.knowledge(t, "people")) || len(got.Ranges()) != 1 {
					t.Errorf("healed, it knows %v", got)
				}
				if rec, err := b.Get("people", key); err != nil || !rec.Exists() {
					t.Errorf("healed: %+v %v", rec, err)
				}
			})
		}
	}
}

// What is refused does not draw the clock along.
func TestRefusedTimeIsNotSeen(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`})
	a.clock = 1 << 60
	a.write(t, "people", change{key: "bob", json: `2`})
	f := oneFrame(t, a)
	f.Vector.Set(a.Replica(), 1)
	f.Documents[1].Heads = f.Documents[0].Heads
	if m := b.merge(t, "people", f); len(m.Refused) != 1 || m.MaxTime != 1 {
		t.Errorf("%+v", m)
	}
	if m := b.merge(t, "people", oneFrame(t, a)); len(m.Refused) != 0 || m.MaxTime != 1<<60+1 {
		t.Errorf("%+v", m)
	}
}

// spoiled is a frame of a, for what b knows, whose documents are all cut off.
func spoiled(t testing.TB, a, b *node, size int) storage.Frame {
	f := a.frames(t, "people", b.knowledge(t, "people"), size)[0]
	for i := range f.Documents {
		f.Documents[i].Body = f.Documents[i].Body[:2]
	}
	return f
}

func TestManyRefusalsAreABadFrame(t *testing.T) {
	a, b := hundred(t), newNode(t, 'b')
	before := dump(t, b.store)
	_, err := b.tryMerge("people", spoiled(t, a, b, storage.MaxRefused+1))
	if !errors.Is(err, storage.ErrFrame) || !strings.Contains(err.Error(), "17 documents cannot be merged, the first: people/k00: ") {
		t.Errorf("got %v", err)
	}
	if !sameStore(before, dump(t, b.store)) {
		t.Error("something was written")
	}
	if m := b.merge(t, "people", spoiled(t, a, b, storage.MaxRefused)); len(m.Refused) != storage.MaxRefused {
		t.Errorf("merged %+v", m)
	}
	b.pull(t, "people", a)
	if got := b.knowledge(t, "people"); !got.Equal(a.knowledge(t, "people")) {
		t.Errorf("knows %v", got)
	}
}

// What is known does not fall into ever more ranges.
func TestRefusalsAreBounded(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	var cs []change
	for i := range 1200 {
		cs = append(cs, change{key: fmt.Sprintf("k%04d", i), json: `1`})
	}
	a.write(t, "people", cs...)
	all := a.frames(t, "people", crdt.Knowledge{}, 1200)[0]
	for i := 0; i < 1200; i += 32 {
		f := all
		f.Documents = slices.Clone(all.Documents[i:min(i+32, 1200)])
		f.From, f.To = f.Documents[0].Key, f.Documents[len(f.Documents)-1].Key+"\x00"
		for j := 0; j < len(f.Documents); j += 2 {
			f.Documents[j].Body = []byte{0x84}
		}
		_, err := b.tryMerge("people", f)
		if n := len(b.knowledge(t, "people").Ranges()); n > 1024 {
			t.Fatalf("%d ranges", n)
		}
		if err != nil {
			if !errors.Is(err, storage.ErrFrame) || !strings.Contains(err.Error(), "ranges") {
				t.Fatalf("after %d documents: %v", i, err)
			}
			if i < 900 {
				t.Errorf("refused after %d documents", i)
			}
			return
		}
	}
	t.Error("never refused")
}

// What is known stays small enough for the largest document beside it, however
// long keys are.
func TestRefusalsLeaveRoom(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	key := func(i int) string { return fmt.Sprintf("%s%04d", strings.Repeat("k", 1000), i) }
	for i := range 400 {
		a.write(t, "people", change{key: key(i), json: `1`})
	}
	all := a.frames(t, "people", crdt.Knowledge{}, 400)[0]
	for i := 0; i < 400; i += 16 {
		f := all
		f.Documents = slices.Clone(all.Documents[i : i+16])
		f.From, f.To = f.Documents[0].Key, f.Documents[15].Key+"\x00"
		for j := range f.Documents {
			f.Documents[j].Body = []byte{0x84}
		}
		_, err := b.tryMerge("people", f)
		if n := len(b.knowledge(t, "people").AppendBinary(nil)); n > 128<<10 {
			t.Fatalf("what is known takes %d bytes", n)
		}
		if err != nil {
			if !errors.Is(err, storage.ErrFrame) || i < 32 {
				t.Fatalf("after %d documents: %v", i, err)
			}
			b.write(t, "people", change{key: "own", json: `2`})
			return
		}
	}
	t.Error("never refused")
}

// A document with more heads than a transaction of the least store can replace
// is refused by name, and holds up nothing else.
func TestManyHeadsAreRefused(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `2`})
	err := a.Update(func(b *storage.Batch) error {
		w := b.Begin("people", 9)
		w.Take(20_000)
		last, _ := w.Last()
		doc, _, err := edit(&crdt.Document{}, w, `3`)
		if err != nil {
			return err
		}
		if last, _ = w.Last(); last.Counter < 20_000 {
			t.Fatalf("the last dot is %v", last)
		}
		return b.Write("people", w, []storage.Written{{Key: "cid", Document: doc, Head: last}})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ heads, refused int }{{5000, 0}, {5001, 1}, {20_000, 1}} {
		b = newNode(t, 'b')
		f := oneFrame(t, a)
		f.Documents[1].Heads = nil
		for i := range c.heads {
			f.Documents[1].Heads = append(f.Documents[1].Heads, crdt.Dot{Replica: a.Replica(), Counter: uint64(i + 1)})
		}
		m := b.merge(t, "people", f)
		if len(m.Refused) != c.refused || len(m.Changed) != 3-c.refused {
			t.Errorf("%d heads: refused %v, changed %v", c.heads, m.Refused, m.Changed)
		}
		if len(m.Refused) > 0 && !strings.Contains(m.Refused[0].Err.Error(), "people/bob: too large") {
			t.Errorf("refused because %v", m.Refused[0].Err)
		}
		b.write(t, "people", change{key: "bob", json: `4`}) // all can be replaced
	}
}
