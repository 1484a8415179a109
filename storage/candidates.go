package storage

import (
	"encoding/binary"
	"hash/maphash"
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
	reach    reach
	roll     *roll // nil: it is not looked whether the index is whole
	sorted   int   // see maxSorted
	id       func(replicaNumber) (crdt.ReplicaID, error)
	number   func(crdt.ReplicaID) (replicaNumber, bool)

	recorded   *recordedKeys // nil: nobody asks for them
	recordings uint64        // changes of those that the state has
	documents  uint64        // that exist, or about as many
}

// sortedKeys are the candidates that were collected from the index for one
// peer, from one key on. A drain asks for them a frame at a time.
type sortedKeys struct {
	peer crdt.Knowledge
	from string
	keys []string
	many bool // too many to collect

	named []naming // the entries that were found, in order of keys
}

// serves reports whether the keys answer a question about peer: what it knows
// of the keys from on is the same.
func (c *sortedKeys) serves(peer crdt.Knowledge, from string) bool {
	if c == nil || from < c.from {
		return false
	}
	same := true
	crdt.Overlay(c.peer, peer, func(_, to string, a, b crdt.VersionVector) {
		same = same && (to != "" && to <= from || a.Equal(b))
	})
	return same
}

// candidates lists up to limit keys, from on, in order, of documents that have
// a head which the peer's vector for that key does not cover; more reports
// that there are others behind them. known, if it serves, saves reading the
// index; what is returned as next may serve the next call.
func (s source) candidates(peer crdt.Knowledge, from string, limit int, known *sortedKeys) (keys []string, more bool, next *sortedKeys, err error) {
	if !known.serves(peer, from) {
		known = &sortedKeys{peer: peer, from: from, many: isFresh(peer, from)}
		if !known.many {
			var few bool
			if known.keys, known.named, few, err = s.fromIndex(peer, from); err != nil {
				return nil, false, nil, err
			}
			known.many = !few
		}
	}
	if known.many {
		keys, more, err = s.fromRecords(peer, from, limit)
		return keys, more, known, err
	}
	i, _ := slices.BinarySearch(known.keys, from)
	keys = known.keys[i:]
	if len(keys) > limit {
		return keys[:limit:limit], true, known, nil
	}
	return keys[:len(keys):len(keys)], false, known, nil
}

// isFresh reports whether the peer knows nothing of the keys from on, so that
// every record is a candidate.
func isFresh(peer crdt.Knowledge, from string) bool {
	for _, r := range peer.Ranges() {
		if r.Vector.Len() > 0 && (r.To == "" || r.To > from) {
			return false
		}
	}
	return true
}

// fromIndex reads, for each replica, the index entries above the peer's
// counter. It is not bounded by the own vector: what the index holds is
// offered. few is false, and keys are incomplete, if there are too many. named are
// the entries. It fails with *DamagedError if entries of these are lost.
func (s source) fromIndex(peer crdt.Knowledge, from string) (keys []string, named []naming, few bool, err error) {
	ranges := rangesFrom(peer, from)
	least := leastOf(ranges)
	lacking, told, err := s.lacked(least)
	if err == nil && !told {
		err = s.enrol()
	}
	if err != nil {
		return nil, nil, false, err
	}
	seen := map[string]bool{}
	for _, n := range lacking {
		id, err := s.id(n)
		if err != nil {
			return nil, nil, false, err
		}
		var found run
		for item, err := range s.r.Scan(indexRange(s.coll, n, least.Counter(id))) {
			if err != nil {
				return nil, nil, false, err
			}
			_, counter, err := parseIndexKey(s.coll, item.Key)
			if err != nil {
				return nil, nil, false, err
			}
			found = found.append(n, counter)
			for d := range namesIn(item.Value) {
				if d.key < from || vectorAt(ranges, d.key).Counter(id) >= counter {
					continue
				}
				if !seen[d.key] {
					if len(seen) == s.sorted {
						return nil, nil, false, nil
					}
					seen[d.key] = true
					keys = append(keys, d.key)
				}
				named = append(named, naming{d, crdt.Dot{Replica: id, Counter: counter}})
			}
		}
		if err := s.missed(n, id, least.Counter(id), found); err != nil {
			return nil, nil, false, err
		}
	}
	slices.Sort(keys)
	sortNamings(named)
	return keys, named, true, nil
}

// rangesFrom are those of a peer that have keys from one on.
func rangesFrom(peer crdt.Knowledge, from string) []crdt.Range {
	ranges := peer.Ranges()
	for len(ranges) > 1 && ranges[0].To <= from {
		ranges = ranges[1:]
	}
	return ranges
}

// leastOf is what is known of all keys of ranges.
func leastOf(ranges []crdt.Range) crdt.VersionVector {
	least := ranges[0].Vector
	for _, r := range ranges[1:] {
		least = least.Least(r.Vector)
	}
	return least
}

// compare fails with *DamagedError unless, of the keys from on, the index has an
// entry for each head of a record, or of another document under the same dot (see shared), and no other, and if the index has other entries than were
// written: a record may be lost with its entry. It sums up hashes, and so needs
// no order and no memory.
func (s source) compare(from string) error {
	var sum, dots uint64
	seed := maphash.MakeSeed()
	entry := make([]byte, 0, 128)
	count := func(key string, id crdt.ReplicaID, counter uint64) uint64 {
		entry = binary.BigEndian.AppendUint64(append(entry[:0], id[:]...), counter)
		return maphash.Bytes(seed, append(entry, key...))
	}
	index := ScanOptions{Start: inCollection(spaceIndex, s.coll, 0), End: afterCollection(spaceIndex, s.coll)}
	for item, err := range s.r.Scan(index) {
		if err != nil {
			return err
		}
		n, counter, err := parseIndexKey(s.coll, item.Key)
		if err != nil {
			return err
		}
		dots += dotSum(n, counter)
		id, err := s.id(n)
		if err != nil {
			return err
		}
		for key := range namedBy(item.Value) {
			if key >= from {
				sum += count(key, id, counter)
			}
		}
	}
	if s.roll != nil && s.roll.summed && dots != s.roll.sum {
		return s.otherEntries()
	}
	for item, err := range s.r.Scan(documentRange(s.coll, from, "")) {
		if err != nil {
			return err
		}
		key := documentKeyOf(s.coll, item.Key)
		rec, err := recordOf(s.coll, key, item.Key, item.Value, s.id)
		if err != nil {
			return err
		}
		for _, h := range rec.Heads {
			sum -= count(key, h.Replica, h.Counter)
		}
	}
	if sum != 0 {
		if err := s.twins(from, func(key string, h crdt.Dot) { sum += count(key, h.Replica, h.Counter) }); err != nil {
			return err
		}
	}
	if sum != 0 {
		return &DamagedError{Collection: s.coll, What: "the index and the records name different changes"}
	}
	return nil
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

// fromRecords reads the heads of the records in key order. Where the peer knows nothing
// each record is a candidate, and is read, and checked, when it is asked for.
func (s source) fromRecords(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	ranges, o := peer.Ranges(), documentRange(s.coll, from, "")
	o.KeysOnly = isFresh(peer, from)
	for item, err := range s.r.Scan(o) {
		if err != nil {
			return nil, false, err
		}
		key := documentKeyOf(s.coll, item.Key)
		if !o.KeysOnly {
			rec, err := recordOf(s.coll, key, item.Key, item.Value, s.id)
			if err != nil {
				return nil, false, err
			}
			vector := vectorAt(ranges, key)
			if !slices.ContainsFunc(rec.Heads, func(h crdt.Dot) bool { return !vector.Has(h) }) {
				continue
			}
		}
		if len(keys) == limit {
			return keys, true, nil
		}
		keys = append(keys, key)
	}
	return keys, false, nil
}
