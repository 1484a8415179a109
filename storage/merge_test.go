package storage_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// oneFrame is all of people at n, as one frame for a fresh peer.
func oneFrame(t testing.TB, n *node) storage.Frame {
	t.Helper()
	fs := n.frames(t, "people", crdt.Knowledge{}, 1000)
	if len(fs) != 1 {
		t.Fatalf("%d frames, want 1", len(fs))
	}
	return fs[0]
}

func TestMergeRefusesBadFrames(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `{"n":1}`}, change{key: "bob", json: `{"n":2}`})
	stranger := crdt.Dot{Replica: crdt.ReplicaID{'x'}, Counter: 1}
	for name, c := range map[string]struct {
		spoil func(*storage.Frame)
		says  string
		is    error
	}{
		"outside":         {func(f *storage.Frame) { f.From, f.To = "b", "c" }, "people/ann: outside", storage.ErrFrame},
		"behind":          {func(f *storage.Frame) { f.To = "bob" }, "people/bob: outside", storage.ErrFrame},
		"no keys":         {func(f *storage.Frame) { f.From, f.To = "c", "b" }, `from "c" to "b"`, storage.ErrFrame},
		"order":           {func(f *storage.Frame) { slices.Reverse(f.Documents) }, "people/ann: out of order", storage.ErrFrame},
		"twice":           {func(f *storage.Frame) { f.Documents[1].Key = "ann" }, "people/ann: out of order", storage.ErrFrame},
		"bad key":         {func(f *storage.Frame) { f.Documents[0].Key = "a//b" }, "empty segment", storage.ErrFrame},
		"no heads":        {func(f *storage.Frame) { f.Documents[1].Heads = nil }, "people/bob: no heads", storage.ErrFrame},
		"foreign head":    {func(f *storage.Frame) { f.Documents[1].Heads = []crdt.Dot{stranger} }, "people/bob: head x:1", storage.ErrFrame},
		"heads twice":     {func(f *storage.Frame) { f.Documents[0].Heads = slices.Repeat(f.Documents[0].Heads, 2) }, "people/ann: heads out of order", storage.ErrFrame},
		"signed twice":    {func(f *storage.Frame) { f.Heads = slices.Repeat(f.Heads, 2) }, "two signed heads", storage.ErrFrame},
		"no signature":    {func(f *storage.Frame) { f.Heads = nil }, "signed is 0, offered 0", storage.ErrUnsigned},
		"signed for less": {func(f *storage.Frame) { f.Vector = crdt.Counters{f.Heads[0].Replica(): 99}.Vector() }, "offered", storage.ErrUnsigned},
		"forged": {func(f *storage.Frame) {
			f.Heads[0].Counter = 99
			f.Vector = crdt.Counters{f.Heads[0].Replica(): 99}.Vector()
		}, "", storage.ErrUnsigned},
		"counts for others": {func(f *storage.Frame) {
			f.Vector = f.Vector.Merge(crdt.Counters{stranger.Replica: 1}.Vector())
		}, "x:1", storage.ErrUnsigned},
	} {
		t.Run(name, func(t *testing.T) {
			b := newNode(t, 'b')
			before := dump(t, b.store)
			f := oneFrame(t, a)
			f.Heads = slices.Clone(f.Heads)
			c.spoil(&f)
			var err error
			// A refused frame leaves no trace even if the Update goes on.
			if e := b.Update(func(batch *storage.Batch) error { _, err = batch.Merge("people", f); return nil }); e != nil {
				t.Fatal(e)
			}
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.says)
			}
			if !sameStore(before, dump(t, b.store)) {
				t.Error("something was written")
			}
			if m := b.merge(t, "people", oneFrame(t, a)); !m.Raised || len(m.Changed) != 2 {
				t.Errorf("the right frame afterwards: %+v", m)
			}
		})
	}
}

func TestMergeSkipsWhatBaseDoesNotCover(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `1`}, change{key: "zoe", json: `1`})
	first := oneFrame(t, a)
	// b hears of the keys below "c" only.
	low := first
	low.To, low.Documents = "c", first.Documents[:2]
	if m := b.merge(t, "people", low); m.Skipped || !m.Raised || len(m.Changed) != 2 {
		t.Fatalf("the lower half: %+v", m)
	}
	a.write(t, "people", change{key: "ann", json: `2`}, change{key: "zoe", json: `2`})
	live := oneFrame(t, a)
	live.Base, live.Documents = first.Vector, []storage.FrameDocument{live.Documents[0], live.Documents[2]}
	m := b.merge(t, "people", live)
	if !m.Skipped || !m.Raised || !slices.Equal(m.Changed, []string{"ann"}) {
		t.Fatalf("a live frame over a gap: %+v", m)
	}
	if rec, err := b.Get("people", "zoe"); err != nil || rec.Exists() || len(rec.Heads) > 0 {
		t.Fatalf("zoe is above the gap: %+v %v", rec, err)
	}
	want := crdt.Knowledge{}.Raise("", "c", crdt.VersionVector{}, live.Vector)
	if got := b.knowledge(t, "people"); !got.Equal(want) {
		t.Fatalf("knows %v, want %v", got, want)
	}
	b.pull(t, "people", a)
	if got := b.knowledge(t, "people"); !got.Equal(a.knowledge(t, "people")) {
		t.Fatalf("knows %v after a drain", got)
	}
}

// A frame that is skipped leaves its signed heads: they are sent once, and the
// frames behind it count on them.
func TestSkippedFrameLeavesItsHeads(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`})
	first := oneFrame(t, a)
	a.write(t, "people", change{key: "ann", json: `2`})
	live := oneFrame(t, a)
	live.Base = first.Vector
	if m := b.merge(t, "people", live); !m.Skipped || m.Raised || len(m.Changed) > 0 {
		t.Fatalf("a frame whose base is not there: %+v", m)
	}
	if got := b.knowledge(t, "people"); !got.Equal(crdt.Knowledge{}) {
		t.Fatalf("knows %v of what was skipped", got)
	}
	behind := oneFrame(t, a)
	behind.Heads = nil
	if m := b.merge(t, "people", behind); !m.Raised || len(m.Changed) != 1 {
		t.Fatalf("the frame behind it: %+v", m)
	}
}

func TestMergeOfTheSameIsNothing(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `2`})
	a.write(t, "people", change{key: "bob", json: ``})
	f := oneFrame(t, a)
	b.merge(t, "people", f)
	before := dump(t, b.store)
	if m := b.merge(t, "people", f); m.Raised || m.Skipped || len(m.Changed) > 0 {
		t.Errorf("a second time: %+v", m)
	}
	if !sameStore(before, dump(t, b.store)) {
		t.Error("a second time changes the store")
	}
}

func TestRemovedDocumentStaysRemoved(t *testing.T) {
	a, b, c := newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c')
	a.write(t, "people", change{key: "ann", json: `1`})
	b.pull(t, "people", a)
	c.pull(t, "people", a)
	b.write(t, "people", change{key: "ann", json: ``})
	a.pull(t, "people", b)
	a.pull(t, "people", c) // c never heard of the removal
	c.pull(t, "people", a)
	for _, n := range []*node{a, b, c} {
		rec, err := n.Get("people", "ann")
		if err != nil || rec.Exists() || len(rec.Heads) != 1 {
			t.Errorf("%c: %+v %v", n.name, rec, err)
		}
		v := n.view(t, "people")
		if v.Count() != 0 {
			t.Errorf("%c counts %d", n.name, v.Count())
		}
		for rec := range v.List("", "") {
			t.Errorf("%c lists %v", n.name, rec)
		}
	}
}

func TestConcurrentEditsKeepBothHeads(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `{"v":0}`})
	b.pull(t, "people", a)
	a.write(t, "people", change{key: "ann", json: `{"v":1}`})
	b.write(t, "people", change{key: "ann", json: `{"v":2}`})
	a.pull(t, "people", b)
	b.pull(t, "people", a)
	ra, _ := a.Get("people", "ann")
	rb, _ := b.Get("people", "ann")
	if len(ra.Heads) != 2 || !ra.Conflicted || !bytes.Equal(ra.Body, rb.Body) || !slices.Equal(ra.Heads, rb.Heads) {
		t.Fatalf("a has %+v, b %+v", ra, rb)
	}
	b.write(t, "people", change{key: "ann", json: `{"v":3}`})
	a.pull(t, "people", b)
	if ra, _ = a.Get("people", "ann"); len(ra.Heads) != 1 || ra.Conflicted {
		t.Fatalf("a write over both: %+v", ra)
	}
}
