package shape_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/node/shape"
)

// jsonBytes is how many bytes one of a document counts for that is read as Go
// values: a digit may become a map, or an element of a list, with all its fields.
const jsonBytes = 32

// FuzzDecode: whatever a document holds, it is read or refused, and what was
// read and not changed is not written.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"set":{"$set":["a"]},"text":{"$text":"x"},"counter":{"$counter":1}}`,
		`{"list":[{"id":"a"},null],"map":{"$$x":{}},"bytes":{"$bytes":"AA=="},"whole":{"$register":[{}]}}`,
		`{"time":"2026-01-02T00:00:00Z","any":{"$register":{"a":1}},"nested":{"1":["a",null]},"float":1e999}`,
	} {
		f.Add([]byte(seed))
	}
	s, err := shape.Of(reflect.TypeFor[kitchen]())
	if err != nil {
		f.Fatal(err)
	}
	barrage.Fuzz(f, func(t *testing.T, typed []byte) {
		alloc.Bounded(t, jsonBytes*len(typed), func() { _ = s.Decode(typed, reflect.New(reflect.TypeFor[kitchen]()).Elem()) })
		var k kitchen
		if s.Decode(typed, reflect.ValueOf(&k).Elem()) != nil {
			return
		}
		tree, err := s.Encode(reflect.ValueOf(k))
		if err != nil {
			return // a string that is not UTF-8
		}
		same, err := s.Overlay(typed, tree, tree)
		if err != nil || !equalJSON(t, same, typed) {
			t.Fatalf("%s became %s, %v", typed, same, err)
		}
	})
}

// FuzzOverlay: of any two documents that read as values, the second laid over
// the first reads as the second.
func FuzzOverlay(f *testing.F) {
	for _, seed := range [][2]string{
		{`{}`, `{"counter":{"$counter":1},"set":["a"],"text":"x","list":[{"id":"a"}],"map":{"k":{}}}`},
		{`{"list":[{"id":"a","x":1},{"id":"b","y":2}],"any":[1,{"a":1}]}`, `{"list":[{"id":"b","count":1},{"id":"a"}],"any":[{"a":2},1]}`},
		{`{"whole":{"$register":[{"count":1,"x":2}]},"pointer":{"count":1}}`, `{"whole":[{"count":2}],"pointer":null}`},
		{`{"nested":{"1":["a",null]},"bytes":"AA=="}`, `{"nested":{"1":[null,"b"],"-2":[]},"bytes":{"$bytes":""}}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	s := of[kitchen](f)
	barrage.Fuzz(f, func(t *testing.T, typed, other []byte) {
		alloc.Bounded(t, jsonBytes*len(typed), func() { _ = s.Decode(typed, reflect.New(reflect.TypeFor[kitchen]()).Elem()) })
		var was, now, got kitchen
		if s.Decode(typed, reflect.ValueOf(&was).Elem()) != nil || s.Decode(other, reflect.ValueOf(&now).Elem()) != nil {
			return
		}
		before, err := s.Encode(reflect.ValueOf(was))
		if err != nil {
			return
		}
		after, err := s.Encode(reflect.ValueOf(now))
		if err != nil {
			return
		}
		out := overlay(t, s, typed, before, after)
		if err := s.Decode(out, reflect.ValueOf(&got).Elem()); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if d := cmp.Diff(now, got, cmpopts.EquateEmpty()); d != "" { // what is emptied is not removed
			t.Fatalf("%s over %s became %s\n%s", other, typed, out, d)
		}
	})
}
