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
	"pgregory.net/rapid"
)

// A View that reads records ahead gives the same as one that reads each by
// itself, in whatever order they are asked for, also where there is none, and
// where one is large.
func TestRecordsReadAhead(t *testing.T) {
	a := newNode(t, 'a')
	const documents = 900
	for at := 0; at < documents; at += 300 {
		var changes []change
		for i := at; i < at+300; i++ {
			changes = append(changes, change{key: fmt.Sprintf("%04d", 2*i), json: fmt.Sprint(i)})
		}
		a.write(t, "people", changes...)
	}
	a.write(t, "people", change{key: "0100", json: `"` + strings.Repeat("a", 1<<17) + `"`}, change{key: "0200"}, change{key: "1998"})
	rapid.Check(t, func(t *rapid.T) {
		a.SortAtMost(rapid.SampledFrom([]int{0, 1 << 16}).Draw(t, "sorted"))
		v, err := a.View("people")
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if _, _, err := v.Candidates(crdt.Knowledge{}, "", 10); err != nil {
			t.Fatal(err)
		}
		stride := rapid.SampledFrom([]int{1, 2, 3, 50}).Draw(t, "stride")
		at := 0
		for range rapid.IntRange(1, 500).Draw(t, "reads") {
			if rapid.IntRange(0, 99).Draw(t, "jump") == 0 {
				at = rapid.IntRange(0, 2*documents+300).Draw(t, "to")
			}
			key := fmt.Sprintf("%04d", at)
			at += stride
			got, err := v.Record(key)
			if err != nil {
				t.Fatal(err)
			}
			want, err := a.Get("people", key)
			if err != nil {
				t.Fatal(err)
			}
			if got.Key != key || !slices.Equal(got.Heads, want.Heads) || !bytes.Equal(got.Body, want.Body) || got.Exists() != want.Exists() {
				t.Fatalf("%s: %v with %d bytes, want %v with %d", key, got.Heads, len(got.Body), want.Heads, len(want.Body))
			}
		}
	})
}

// Of records that are read ahead, the damaged one fails when it is asked for,
// and no other does (Law I).
func TestDamageAhead(t *testing.T) {
	a := newNode(t, 'a')
	var changes []change
	for i := range 600 {
		changes = append(changes, change{key: fmt.Sprintf("%04d", i), json: `1`})
	}
	a.write(t, "people", changes...)
	damage(t, a, "dpeople\x000300", flip)
	v := a.view(t, "people")
	keys, _, err := v.Candidates(crdt.Knowledge{}.Raise("", "0000", crdt.VersionVector{}, a.knowledge(t, "people").Max()).Raise("9", "", crdt.VersionVector{}, a.knowledge(t, "people").Max()), "", 1000)
	if err != nil || len(keys) != 600 {
		t.Fatal(len(keys), err)
	}
	for _, key := range keys {
		if _, err := v.Record(key); (err != nil) != (key == "0300") || err != nil && !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("%s: %v", key, err)
		}
	}
}
