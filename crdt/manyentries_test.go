package crdt_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// counters are the oracle of large vectors: a map.
type counters = map[crdt.ReplicaID]uint64

// crowded draws a vector of up to some hundred replicas, of which many share
// the beginning of their ids, and how it came about: as a whole, or by changes of
// another one.
func crowded(t *rapid.T, label string, like crdt.VersionVector, from counters) (crdt.VersionVector, counters) {
	id := rapid.Custom(func(t *rapid.T) (r crdt.ReplicaID) {
		r[0] = rapid.SampledFrom([]byte{0, 0x11, 0x12, 0xff}).Draw(t, "first")
		r[1], r[15] = byte(rapid.IntRange(0, 9).Draw(t, "second")), byte(rapid.IntRange(0, 9).Draw(t, "last"))
		return r
	})
	m := rapid.MapOf(id, rapid.Uint64Range(0, 3)).Draw(t, label)
	if rapid.Bool().Draw(t, "many") {
		for i := range rapid.IntRange(60, 400).Draw(t, "entries") {
			m[crdt.ReplicaID{byte(i % 3 * 0x11), byte(i), byte(i >> 8)}] = uint64(i%3) + 1
		}
	}
	if !rapid.Bool().Draw(t, "from the other") {
		maps.DeleteFunc(m, func(_ crdt.ReplicaID, n uint64) bool { return n == 0 })
		return crdt.Counters(m).Vector(), m
	}
	all := maps.Clone(from)
	for r, n := range m {
		if like.Set(r, n); n == 0 {
			delete(all, r)
		} else {
			all[r] = n
		}
	}
	return like, all
}

func same(v crdt.VersionVector, m counters) bool {
	return maps.Equal(maps.Collect(v.All()), m) && v.Len() == len(m)
}

func TestLargeVectorsAgreeWithMaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, vm := crowded(t, "v", crdt.VersionVector{}, counters{})
		o, om := crowded(t, "o", v, vm)
		if !same(v, vm) || !same(o, om) {
			t.Fatalf("%v is not %v, or %v is not %v", v, vm, o, om)
		}
		union, least, differ, beyond, covers := maps.Clone(vm), counters{}, counters{}, counters{}, true
		for r, n := range om {
			union[r] = max(union[r], n)
			covers = covers && vm[r] >= n
			if vm[r] == 0 {
				differ[r] = 0
			}
		}
		for r, n := range vm {
			if m := min(n, om[r]); m > 0 {
				least[r] = m
			}
			if n != om[r] {
				differ[r] = n
			}
			if n > om[r] {
				beyond[r] = n
			}
		}
		if got := v.Merge(o); !same(got, union) || !got.Equal(o.Merge(v)) {
			t.Fatalf("%v merged with %v is %v", v, o, got)
		}
		if got := v.Least(o); !same(got, least) || !got.Equal(o.Least(v)) {
			t.Fatalf("the least of %v and %v is %v", v, o, got)
		}
		if got := maps.Collect(v.Differences(o)); !maps.Equal(got, differ) {
			t.Fatalf("%v differs from %v in %v", v, o, got)
		}
		if got := maps.Collect(v.Beyond(o)); !maps.Equal(got, beyond) {
			t.Fatalf("%v is beyond %v in %v", v, o, got)
		}
		if v.Covers(o) != covers || v.Equal(o) != maps.Equal(vm, om) || !v.Merge(o).Covers(o) || !v.Covers(v.Least(o)) {
			t.Fatalf("%v covers %v: %v, equal %v", v, o, v.Covers(o), v.Equal(o))
		}
		if !same(v, vm) || !same(o, om) {
			t.Fatal("a vector has changed")
		}
		got, err := crdt.ParseVector(v.AppendBinary(nil))
		if err != nil || !got.Equal(v) || !bytes.Equal(got.AppendBinary(nil), v.AppendBinary(nil)) {
			t.Fatalf("%v became %v: %v", v, got, err)
		}
		if rs := v.Replicas(); !slices.IsSortedFunc(rs, crdt.ReplicaID.Compare) || len(rs) != len(vm) {
			t.Fatalf("replicas %v", rs)
		}
		for r, n := range vm {
			if v.Counter(r) != n || !v.Has(crdt.Dot{Replica: r, Counter: n}) || v.Has(crdt.Dot{Replica: r, Counter: n + 1}) {
				t.Fatalf("%s is %d", r, v.Counter(r))
			}
		}
	})
}

// TestCopiesAreIndependent checks that nothing done to a vector shows in a copy.
func TestCopiesAreIndependent(t *testing.T) {
	v := crdt.Counters(manyEntries(500)).Vector()
	before, first := v.String(), v.Replicas()[0]
	c := v
	c.Raise(first, 9_999)
	c.Set(v.Replicas()[1], 0)
	c.Raise(crdt.ReplicaID{'z'}, 1)
	if v.String() != before || c.Counter(first) != 9_999 || c.Len() != v.Len() {
		t.Errorf("%v", c)
	}
}

// BenchmarkLargeVector does what a put, a frame and an acknowledgement do to a
// vector of 10,000 replicas.
func BenchmarkLargeVector(b *testing.B) {
	v := manyEntries(10_000).Vector()
	r := v.Replicas()[77]
	higher := v
	higher.Raise(r, 5_000)
	b.Run("raise", func(b *testing.B) {
		b.ReportAllocs()
		for i := range uint64(b.N) {
			c := v
			c.Raise(r, 5_000+i)
		}
	})
	for name, fn := range map[string]func(){
		"covers": func() { higher.Covers(v) },
		"merge":  func() { v.Merge(higher) },
		"differences": func() {
			for range higher.Differences(v) {
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fn()
			}
		})
	}
}
