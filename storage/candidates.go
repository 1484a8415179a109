package storage

import (
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// maxSorted is how many candidates are collected from the dot index and
// sorted; when there are more, the records are read in key order instead.
const maxSorted = 64 << 10

// source is where candidates are looked for: one collection in one state of
// the store.
type source struct {
	r        Reader
	coll     string
	replicas int // replica numbers are below it
	sorted   int // see maxSorted
	id       func(replicaNumber) (crdt.ReplicaID, error)
}

// candidates lists up to limit keys, from on, in order, of documents that have
// a head which the peer's vector for that key does not cover; more reports
// that there are others behind them.
func (s source) candidates(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	keys, few, err := s.fromIndex(peer, from, s.sorted)
	if err != nil {
		return nil, false, err
	}
	if !few {
		return s.fromRecords(peer, from, limit)
	}
	if len(keys) > limit {
		return keys[:limit], true, nil
	}
	return keys, false, nil
}

// fromIndex reads, for each replica, the index entries above the peer's
// counter. It is not bounded by the own vector: what the index holds is
// offered. few is false, and keys are incomplete, if there are more than most.
func (s source) fromIndex(peer crdt.Knowledge, from string, most int) (keys []string, few bool, err error) {
	ranges := peer.Ranges()
	for len(ranges) > 1 && ranges[0].To <= from {
		ranges = ranges[1:]
	}
	seen := map[string]bool{}
	for n := range s.replicas {
		id, err := s.id(replicaNumber(n))
		if err != nil {
			return nil, false, err
		}
		least := ranges[0].Vector[id]
		for _, r := range ranges[1:] {
			least = min(least, r.Vector[id])
		}
		for item, err := range s.r.Scan(indexRange(s.coll, replicaNumber(n), least)) {
			if err != nil {
				return nil, false, err
			}
			_, counter, err := parseIndexKey(s.coll, item.Key)
			if err != nil {
				return nil, false, err
			}
			if seen[string(item.Value)] {
				continue
			}
			key := string(item.Value)
			if key < from || vectorAt(ranges, key)[id] >= counter {
				continue
			}
			if len(seen) == most {
				return nil, false, nil
			}
			seen[key] = true
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, true, nil
}

// vectorAt is the vector of the range that holds key; key is in one of them.
func vectorAt(ranges []crdt.Range, key string) crdt.VersionVector {
	if len(ranges) == 1 {
		return ranges[0].Vector
	}
	i, found := slices.BinarySearchFunc(ranges, key, func(r crdt.Range, key string) int {
		return strings.Compare(r.From, key)
	})
	if !found {
		i--
	}
	return ranges[i].Vector
}

// fromRecords reads the heads of the records in key order.
func (s source) fromRecords(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	ranges := peer.Ranges()
	for item, err := range s.r.Scan(documentRange(s.coll, from, "")) {
		if err != nil {
			return nil, false, err
		}
		key := documentKeyOf(s.coll, item.Key)
		rec, err := recordOf(s.coll, key, item.Key, item.Value, s.id)
		if err != nil {
			return nil, false, err
		}
		vector := vectorAt(ranges, key)
		if !slices.ContainsFunc(rec.Heads, func(h crdt.Dot) bool { return !vector.Has(h) }) {
			continue
		}
		if len(keys) == limit {
			return keys, true, nil
		}
		keys = append(keys, key)
	}
	return keys, false, nil
}
