package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// TestCandidatesBothWays asks the index and the records the same questions.
func TestCandidatesBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c')
		for i := range rapid.IntRange(1, 25).Draw(t, "writes") {
			n := rapid.SampledFrom([]*node{a, b, c}).Draw(t, "writer")
			key := fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "key"))
			n.write(t, "people", change{key: key, json: rapid.SampledFrom([]string{"", fmt.Sprint(i)}).Draw(t, "json")})
			if rapid.IntRange(0, 3).Draw(t, "pull") == 0 {
				b.pull(t, "people", c)
			}
		}
		a.pull(t, "people", b)
		a.pull(t, "people", c)
		peer := randomKnowledge(t, a.knowledge(t, "people"))
		from := rapid.SampledFrom([]string{"", "1", "15", "9", "z"}).Draw(t, "from")
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		var answers [2]string
		for i, sorted := range []int{1 << 16, 0} {
			a.SortAtMost(sorted)
			v, err := a.View("people")
			if err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "earlier question") {
				if _, _, err := v.Candidates(randomKnowledge(t, peer), "", 5); err != nil {
					t.Fatal(err)
				}
			}
			// Page by page, as a drain does: what was sent is known.
			known, at := peer, from
			for more := true; more; {
				var keys []string
				if keys, more, err = v.Candidates(known, at, limit); err != nil {
					t.Fatal(err)
				}
				if more != (len(keys) == limit && more) || !slices.IsSorted(keys) {
					t.Fatalf("%q, more %v, at most %d", keys, more, limit)
				}
				answers[i] += fmt.Sprint(keys, more)
				if len(keys) > 0 {
					at = keys[len(keys)-1] + "\x00"
					known = known.Raise("", at, crdt.VersionVector{}, v.Knowledge().Max())
				}
			}
			v.Close()
		}
		if answers[0] != answers[1] {
			t.Fatalf("index: %s\nrecords: %s", answers[0], answers[1])
		}
	})
}

// randomKnowledge knows some of what k counts, not the same of all keys.
func randomKnowledge(t *rapid.T, k crdt.Knowledge) (out crdt.Knowledge) {
	for range rapid.IntRange(0, 3).Draw(t, "ranges") {
		from := fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "lower"))
		v := crdt.VersionVector{}
		for r, n := range k.Max().All() {
			if c := rapid.Uint64Range(0, n).Draw(t, "counter"); c > 0 {
				v.Set(r, c)
			}
		}
		out = out.Raise(from, "", crdt.VersionVector{}, v)
	}
	return out
}

// TestEarlierState: a state that is an earlier one than index and records is not drained from; to whom
// nothing is known all records are offered.
func TestEarlierState(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	known, before := a.knowledge(t, "people"), dump(t, a.store)
	a.write(t, "people", change{key: "bob", json: `2`})
	damage(t, a, "cpeople", func(tx storage.Tx, item storage.Item) error { // knowledge as it was
		i := slices.IndexFunc(before, func(o storage.Item) bool { return string(o.Key) == string(item.Key) })
		return tx.Set(item.Key, before[i].Value)
	})
	v := a.view(t, "people")
	if !v.Knowledge().Equal(known) {
		t.Fatal("the test needs knowledge without bob")
	}
	keys, more, err := v.Candidates(known, "", 10)
	if !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("%q %v %v", keys, more, err)
	}
	keys, more, err = a.view(t, "people").Candidates(crdt.Knowledge{}, "", 1)
	if err != nil || !more || !slices.Equal(keys, []string{"ann"}) {
		t.Errorf("%q %v %v", keys, more, err)
	}
}
