package storage_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/storage"
)

// FuzzMerge sends one document with any body between two that are in order. It
// is merged, wanted or refused; the others are there in any case, and the store
// is whole.
func FuzzMerge(f *testing.F) {
	a := newNode(f, 'a')
	a.write(f, "notes", change{key: "a", json: `1`}, change{key: "doc", json: `{"t":{"$text":"` + longText + `"},"l":[{"a":[1]},"x"],"n":{"$counter":3}}`}, change{key: "z", json: `2`})
	old := newNode(f, 'b')
	old.pull(f, "notes", a)
	known := old.knowledge(f, "notes")
	a.write(f, "notes", change{key: "a", json: `3`}, change{key: "doc", ops: []crdt.Op{
		{Op: "insert", Path: crdt.Pointer{"t"}, At: 40, Text: "here"},
		{Op: "delete", Path: crdt.Pointer{"t"}, At: 10, Len: 3},
		{Op: "move", Path: crdt.Pointer{"l"}, From: 0, To: 1},
		{Op: "insert", Path: crdt.Pointer{"l", "1", "a"}, At: 0, Text: "", Value: number(f, "7")},
	}}, change{key: "z", json: `4`})
	frame := a.frames(f, "notes", known, 100)[0]
	f.Add(frame.Documents[1].Body)
	v, err := a.View("notes")
	if err != nil {
		f.Fatal(err)
	}
	defer v.Close()
	for _, seen := range []crdt.VersionVector{known.At(""), frame.Vector, {}} {
		body, err := v.Delta("doc", seen)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(body))
	}
	store := old.store.Kill()
	frameBytes := 0
	for _, d := range frame.Documents {
		frameBytes += len(d.Body)
	}
	barrage.Fuzz(f, func(t *testing.T, body []byte) {
		b := &node{store: store.Kill(), name: 'b', rand: &nonces{name: 'b', next: 50}}
		b.open(t, storage.Options{})
		sent := frame
		sent.Documents = slices.Clone(frame.Documents)
		sent.Documents[1].Body = body
		var m storage.Merged
		var err error
		alloc.BoundedOnce(t, len(body)+frameBytes, func() { m, err = b.tryMerge("notes", sent) })
		if err != nil {
			if !errors.Is(err, storage.ErrDamaged) { // the document claims what b has seen removed
				t.Fatal(err)
			}
			return
		}
		if len(m.Wanted) > 0 {
			if len(m.Changed) > 0 || m.Raised || !slices.Equal(m.Wanted, []string{"doc"}) {
				t.Fatalf("wanted: %+v", m)
			}
			return
		}
		if !slices.Contains(m.Changed, "a") || !slices.Contains(m.Changed, "z") || len(m.Refused) > 1 || !m.Raised {
			t.Fatalf("%+v", m)
		}
		if found, err := b.VerifyRange("notes", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("%+v, then %v %v", m, found, err)
		}
	})
}

func number(t testing.TB, json string) crdt.Plain {
	p, err := crdt.ParseJSON([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
