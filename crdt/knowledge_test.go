package crdt_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"pgregory.net/rapid"
)

// points are all keys of a small key space, in order; what lies between two
// of them cannot be told apart from the first.
var points = []string{"", "a", "a\x00", "ab", "b", "c", "cc", "d"}

// naive is knowledge as a list: one vector for each point.
type naive [8]crdt.VersionVector

func (n *naive) change(from, to string, fn func(crdt.VersionVector) crdt.VersionVector) {
	for i, key := range points {
		if key >= from && (to == "" || key < to) {
			n[i] = fn(n[i])
		}
	}
}

// bound draws a bound of a range of keys.
var bound = rapid.SampledFrom(points)

// history draws knowledge and its oracle by the same calls on both.
func history(t *rapid.T) (k crdt.Knowledge, n naive) {
	for range rapid.IntRange(0, 8).Draw(t, "calls") {
		from, to := bound.Draw(t, "from"), bound.Draw(t, "to")
		if to != "" && from > to {
			from, to = to, from
		}
		base, vec := vectors.Draw(t, "base"), vectors.Draw(t, "vec")
		before := k.String()
		var next crdt.Knowledge
		switch rapid.IntRange(0, 4).Draw(t, "call") {
		case 0, 1:
			base = crdt.VersionVector{}
			fallthrough
		case 2:
			next = k.Raise(from, to, base, vec)
			n.change(from, to, func(v crdt.VersionVector) crdt.VersionVector {
				if v.Covers(base) {
					return v.Merge(vec)
				}
				return v
			})
		case 3:
			next = k.RaiseOwn(replica('a'), 2)
			n.change("", "", func(v crdt.VersionVector) crdt.VersionVector { return v.Merge(crdt.Counters{replica('a'): 2}.Vector()) })
		case 4:
			next = k.Forfeit(from, to)
			n.change(from, to, func(crdt.VersionVector) crdt.VersionVector { return crdt.VersionVector{} })
		}
		if k.String() != before {
			t.Fatalf("the receiver changed from %s to %s", before, k)
		}
		k = next
		agree(t, k, n)
	}
	return k, n
}

// agree compares knowledge with its oracle at every key, and checks its form.
func agree(t *rapid.T, k crdt.Knowledge, n naive) {
	t.Helper()
	for i, key := range points {
		if !k.At(key).Equal(n[i]) {
			t.Fatalf("%q is %v, not %v: %s", key, k.At(key), n[i], k)
		}
	}
	ranges := k.Ranges()
	for i, r := range ranges {
		last := i == len(ranges)-1
		switch {
		case i == 0 && r.From != "", last != (r.To == ""), !last && r.To != ranges[i+1].From, r.To != "" && r.From >= r.To:
			t.Fatalf("ranges do not cover the keys once: %s", k)
		case !last && r.Vector.Equal(ranges[i+1].Vector):
			t.Fatalf("not coalesced: %s", k)
		case !r.Contains(r.From), r.To != "" && r.Contains(r.To):
			t.Fatalf("bounds of %v", r)
		}
	}
}

func TestKnowledgeAgreesWithAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, n := history(t)
		o, m := history(t)

		most, covers, equal := crdt.VersionVector{}, true, true
		var union naive
		for i := range n {
			most = most.Merge(n[i])
			covers = covers && n[i].Covers(m[i])
			equal = equal && n[i].Equal(m[i])
			union[i] = n[i].Merge(m[i])
		}
		if !k.Max().Equal(most) {
			t.Fatalf("Max is %v, not %v", k.Max(), most)
		}
		if k.Covers(o) != covers || k.Equal(o) != equal || (k.Hash() == o.Hash()) != equal || bytes.Equal(k.AppendBinary(nil), o.AppendBinary(nil)) != equal {
			t.Fatalf("%s and %s: covers %v, equal %v", k, o, k.Covers(o), k.Equal(o))
		}
		agree(t, k.Merge(o), union)
		if v, ok := k.Whole(); ok != (len(k.Ranges()) == 1) || ok && !v.Equal(n[0]) {
			t.Fatalf("Whole is %v %v: %s", v, ok, k)
		}
		checkOverlay(t, k, o)
	})
}

func checkOverlay(t *rapid.T, k, o crdt.Knowledge) {
	at := ""
	crdt.Overlay(k, o, func(from, to string, a, b crdt.VersionVector) {
		if from != at || from != "" && at == "" {
			t.Fatalf("a span from %q follows one to %q", from, at)
		}
		at = to
		for _, key := range points {
			if r := (crdt.Range{From: from, To: to}); r.Contains(key) && (!k.At(key).Equal(a) || !o.At(key).Equal(b)) {
				t.Fatalf("span %q..%q is not %q", from, to, key)
			}
		}
	})
	if at != "" {
		t.Fatalf("the last span ends at %q", at)
	}
}

func TestKnowledgeEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, n := history(t)
		got, err := crdt.ParseKnowledge(k.AppendBinary(nil))
		if err != nil || !got.Equal(k) {
			t.Fatalf("%s became %s: %v", k, got, err)
		}
		agree(t, got, n)
		_, rest, err := crdt.CutKnowledge(append(k.AppendBinary(nil), "rest"...))
		if err != nil || string(rest) != "rest" {
			t.Fatalf("%q left, %v", rest, err)
		}
	})
	two := crdt.Know(crdt.Counters{replica('a'): 1}.Vector()).Forfeit("b", "c")
	if s := two.String(); s != "[..b){a:1} [b..c){} [c..){a:1}" {
		t.Error(s)
	}
	empty := crdt.VersionVector{}.AppendBinary(nil)
	one := crdt.Counters{replica('a'): 1}.Vector().AppendBinary(nil)
	for name, b := range map[string][]byte{
		"nothing":             {},
		"cut off":             two.AppendBinary(nil)[:30],
		"a byte more":         append(two.AppendBinary(nil), 0),
		"too many ranges":     {0xff, 0xff, 0xff, 0x0f, 0},
		"a start beyond":      {1, 0xff, 0x01, 0},
		"a late first start":  append([]byte{1, 1, 'a'}, one...),
		"nothing, at length":  append([]byte{1, 0}, empty...),
		"starts out of order": append(append(append([]byte{3, 0}, one...), append([]byte{1, 'b'}, empty...)...), append([]byte{1, 'a'}, one...)...),
		"not coalesced":       append(append([]byte{2, 0}, one...), append([]byte{1, 'b'}, one...)...),
	} {
		if k, err := crdt.ParseKnowledge(b); !errors.Is(err, crdt.ErrVector) {
			t.Errorf("%s: %s %v", name, k, err)
		}
	}
}

func TestKnowledgeAtDoesNotAllocate(t *testing.T) {
	k := crdt.Know(crdt.Counters{replica('a'): 1}.Vector()).Forfeit("b", "c")
	if n := testing.AllocsPerRun(100, func() { k.At("users/ann") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParseKnowledge(f *testing.F) {
	f.Add(crdt.Knowledge{}.AppendBinary(nil))
	f.Add(crdt.Know(crdt.Counters{replica('a'): 7}.Vector()).AppendBinary(nil))
	f.Add(crdt.Know(crdt.Counters{replica('a'): 7}.Vector()).Forfeit("b", "c\x00").AppendBinary(nil))
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = crdt.ParseKnowledge(b) })
		k, err := crdt.ParseKnowledge(b)
		if err != nil {
			if !errors.Is(err, crdt.ErrVector) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(k.AppendBinary(nil), b) {
			t.Fatalf("%x is another encoding of %s", b, k)
		}
		if !k.Merge(k).Equal(k) || !k.Covers(k) {
			t.Fatalf("%s merged with itself is %s", k, k.Merge(k))
		}
	})
}
