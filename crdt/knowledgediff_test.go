package crdt_test

import (
	"errors"
	"math"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"pgregory.net/rapid"
)

func nameWhole(b []byte, r crdt.ReplicaID) []byte { return append(b, r[:]...) }

func cutWhole(b []byte) (r crdt.ReplicaID, rest []byte, err error) {
	if len(b) < len(r) {
		return r, nil, crdt.ErrVector
	}
	return r, b[copy(r[:], b):], nil
}

func TestDifferenceOfKnowledge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, n := history(t)
		from, _ := history(t)
		b := k.AppendDifference(nil, from, nameWhole)
		got, rest, err := crdt.CutDifference(append(b, "rest"...), from, 100, 1<<20, cutWhole)
		if err != nil || string(rest) != "rest" || !got.Equal(k) {
			t.Fatalf("%s from %s became %s, %q left: %v", k, from, got, rest, err)
		}
		agree(t, got, n)
		if b := k.AppendDifference(nil, k, nameWhole); len(b) > 1+len(k.Ranges()) {
			t.Fatalf("%s from itself takes %d bytes", k, len(b))
		}
	})
}

// TestDifferenceCostsWhatDiffers checks that knowledge of many ranges and many
// replicas takes no more than what is other in it, on the wire and in memory.
func TestDifferenceCostsWhatDiffers(t *testing.T) {
	const replicas, ranges = 10_000, 1_024
	all := crdt.Know(manyEntries(replicas).Vector())
	k := all
	for i := range ranges / 2 {
		key := string([]byte{byte('a' + i/26/26), byte('a' + i/26%26), byte('a' + i%26)})
		k = k.Forfeit(key, key+"\x00").Raise(key, key+"\x00", crdt.VersionVector{}, crdt.Counters{{1, byte(i), byte(i >> 8)}: 1}.Vector())
	}
	if n := len(k.Ranges()); n != ranges+1 {
		t.Fatalf("%d ranges", n)
	}
	b := k.AppendDifference(nil, all, nameWhole)
	if len(b) > ranges*30 {
		t.Errorf("%d ranges of %d replicas take %d bytes", ranges, replicas, len(b))
	}
	got, _, err := crdt.CutDifference(b, all, 4096, 1<<20, cutWhole)
	if err != nil || !got.Equal(k) {
		t.Fatal(err)
	}
	raised := k.RaiseOwn(crdt.ReplicaID{77}, 5)
	if b := raised.AppendDifference(nil, k.RaiseOwn(crdt.ReplicaID{77}, 5), nameWhole); len(b) > 2*ranges {
		t.Errorf("the same takes %d bytes", len(b))
	}
	if w := k.Weight(); w > replicas+3*ranges {
		t.Errorf("%d ranges weigh %d entries", ranges, w)
	}
	for r := range 50 { // every range counts what is new: they go on sharing it
		k = k.Raise("", "", crdt.VersionVector{}, crdt.Counters{{2, byte(r)}: uint64(r + 1)}.Vector())
	}
	if w := k.Weight(); w > 2*replicas+ranges*150 {
		t.Errorf("raised, %d ranges weigh %d entries", ranges, w)
	}
}

// manyEntries are entries of replicas whose ids are spread as real ones are.
func manyEntries(n int) crdt.Counters {
	c := make(crdt.Counters, n)
	for i := range n {
		var nonce [16]byte
		nonce[0], nonce[1], nonce[2] = byte(i), byte(i>>8), byte(i>>16)
		c[crdt.NewReplicaID(make([]byte, 32), nonce)] = uint64(i%1000) + 1
	}
	return c
}

func TestMalformedDifferences(t *testing.T) {
	from := crdt.Know(crdt.Counters{{'a'}: 3}.Vector())
	id := make([]byte, 16)
	id[0] = 'b'
	entry := func(head ...byte) []byte { return append(append(head, id...), 2) }
	for name, b := range map[string][]byte{
		"nothing":               {},
		"too many ranges":       {200, 1, 1},
		"no range":              {1},
		"an unknown byte":       {1, 16},
		"no next range":         {2, 5, 5},
		"a late first key":      {1, 1, 1, 'x'},
		"a key cut off":         {2, 5, 1, 9, 'x'},
		"nothing, at length":    {1, 0, 0},
		"not coalesced":         {2, 5, 2, 1, 'x'},
		"keys out of order":     append(entry(3, 5, 8, 1, 'x', 1), 1, 1, 'w'),
		"no entries":            {1, 13, 0, 1, 1, 1},
		"more than bytes":       {1, 13, 200, 1, 1, 1},
		"no difference":         append(append([]byte{1, 13, 1}, id...), 0),
		"replicas out of order": append(append(append(entry(1, 13, 2), id...), 2), 0, 0),
		"a counter cut off":     append([]byte{1, 13, 1}, id...),
	} {
		if k, _, err := crdt.CutDifference(b, from, 10, math.MaxInt, cutWhole); !errors.Is(err, crdt.ErrVector) {
			t.Errorf("%s: %s %v", name, k, err)
		}
	}
	many := crdt.Know(manyEntries(1000).Vector())
	if _, _, err := crdt.CutDifference(many.AppendDifference(nil, crdt.Knowledge{}, nameWhole), crdt.Knowledge{}, 10, 999, cutWhole); !errors.Is(err, crdt.ErrVector) {
		t.Errorf("more entries than are allowed: %v", err)
	}
}

func FuzzCutDifference(f *testing.F) {
	from := crdt.Know(crdt.Counters{{'a'}: 7, {'b'}: 1}.Vector()).Forfeit("b", "c\x00")
	f.Add(from.AppendDifference(nil, from, nameWhole))
	f.Add(from.AppendDifference(nil, crdt.Knowledge{}, nameWhole))
	f.Add(crdt.Know(crdt.Counters{{'a'}: 9}.Vector()).AppendDifference(nil, from, nameWhole))
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _, _ = crdt.CutDifference(b, from, 100, 1000, cutWhole) })
		k, rest, err := crdt.CutDifference(b, from, 100, 1000, cutWhole)
		if err != nil {
			if !errors.Is(err, crdt.ErrVector) {
				t.Fatal(err)
			}
			return
		}
		again, _, err := crdt.CutDifference(k.AppendDifference(nil, from, nameWhole), from, 100, 1<<20, cutWhole)
		if err != nil || !again.Equal(k) || len(rest) > len(b) {
			t.Fatalf("%s became %s: %v", k, again, err)
		}
	})
}
