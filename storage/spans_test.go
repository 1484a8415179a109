package storage

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestSpansAreBounded: whatever is to be hashed again stays so, and neither the
// spans nor their keys grow without bounds.
func TestSpansAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, added := &treeMark{}, []span{}
		long := strings.Repeat("x", rapid.SampledFrom([]int{0, 10, 1000}).Draw(t, "long"))
		for i := range rapid.IntRange(0, 3*maxSpans).Draw(t, "spans") {
			at := i * 7919 % 4000
			s := span{fmt.Sprintf("%04d%s", at, long), fmt.Sprintf("%04d%s\x00", at, long)}
			if rapid.IntRange(0, 500).Draw(t, "wide") == 0 {
				s.to = rapid.SampledFrom([]string{"", fmt.Sprintf("%04d", at+100)}).Draw(t, "to")
			}
			m.add(s)
			added = append(added, s)
		}
		if len(m.rebuild) > maxSpans || len(m.rebuild) > 1 && spanBytes(m.rebuild) > maxSpanBytes {
			t.Fatalf("%d spans of %d bytes", len(m.rebuild), spanBytes(m.rebuild))
		}
		for _, s := range added {
			if !slices.ContainsFunc(m.rebuild, func(r span) bool {
				return r.from <= s.from && (r.to == "" || s.to != "" && s.to <= r.to)
			}) {
				t.Fatalf("%q is in none of %q", s, m.rebuild)
			}
		}
	})
}

// TestSignedCountersAreBounded: however many collections and replicas there are,
// what is remembered is right, and no more than maxSigned.
func TestSignedCountersAreBounded(t *testing.T) {
	var c signedCounters
	for i := range uint64(maxSigned + 10) {
		coll, r := fmt.Sprintf("c%d", i%7000), crdt.ReplicaID{byte(i), byte(i >> 8), byte(i >> 16)}
		c.set(coll, r, i)
		c.set(coll, r, i+1)
		if n, ok := c.get(coll, r); !ok || n != i+1 {
			t.Fatalf("%d: %d, %t", i, n, ok)
		}
	}
	held := 0
	for _, of := range c.of {
		held += len(of)
	}
	if held != c.size || held > maxSigned {
		t.Errorf("%d are held, %d counted", held, c.size)
	}
}
