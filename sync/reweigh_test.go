package antientropy

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestWhatRangesShareCountsOnce: many ranges that know almost the same of many
// writers are no more than what they differ in, whatever comes in which order.
func TestWhatRangesShareCountsOnce(t *testing.T) {
	counters := crdt.Counters{}
	for i := range 1000 {
		counters[crdt.ReplicaID{byte(i), byte(i >> 8), 1}] = 5
	}
	same := crdt.Know(counters.Vector())
	for i := range 30 {
		same = same.Raise(fmt.Sprintf("%02d", i), fmt.Sprintf("%02d", i)+"\x00", crdt.VersionVector{}, crdt.Counters{{1, 0, 1}: uint64(9 + i)}.Vector())
	}
	s := NewSession(Config{Limits: Limits{Entries: 12_000}})
	one, two := s.add("one"), s.add("two")
	for i := range 3 {
		for _, c := range []*collection{one, two} {
			c.theirs = same
			if err := s.reweigh(c); err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
		}
	}
	if s.entries > 12_000 || s.entries != one.weight+two.weight {
		t.Errorf("%d entries are counted: %d and %d", s.entries, one.weight, two.weight)
	}
	three := s.add("three")
	for i := range 20 {
		other := crdt.Counters{}
		for j := range 1000 {
			other[crdt.ReplicaID{byte(j), byte(j >> 8), 2}] = uint64(i + 1)
		}
		three.theirs = three.theirs.Raise(fmt.Sprintf("%02d", i), "", crdt.VersionVector{}, other.Vector())
		if err := s.reweigh(three); err != nil {
			if i < 4 {
				t.Errorf("after %d: %v", i, err)
			}
			return
		}
	}
	t.Error("entries that are not shared do not count")
}

// BenchmarkReweigh counts what is remembered of a peer that knows 10,000 writers,
// in as many ranges as several feeders make.
func BenchmarkReweigh(b *testing.B) {
	counters := crdt.Counters{}
	for _, w := range writers(10_000) {
		counters[w.id] = 5
	}
	for _, ranges := range []int{1, 2, 8} {
		b.Run(fmt.Sprint(ranges), func(b *testing.B) {
			s := NewSession(Config{})
			c := &collection{name: "people", theirs: crdt.Know(counters.Vector())}
			for i := 1; i < ranges; i++ {
				w := writers(i + 1)[i]
				c.theirs = c.theirs.Raise(fmt.Sprint(i), "", crdt.VersionVector{}, crdt.Counters{w.id: 9}.Vector())
			}
			for b.Loop() {
				if err := s.reweigh(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
