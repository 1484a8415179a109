package storage

import (
	"slices"
	"strings"
)

const (
	// aheadRecords is how many records a View reads in one scan, at most, when it
	// is asked for many in order of keys: each by itself costs five times as much.
	aheadRecords = 256
	// aheadBytes is how much of them it holds, but for one record.
	aheadBytes = 256 << 10
	// aheadUsed is which part of the records read ahead has to be asked for, one
	// in so many, for the next run to be as long as the last.
	aheadUsed = 4
	// aheadChunk is how many bytes of records are allocated in one piece.
	aheadChunk = 32 << 10
)

// readAhead is a run of records, all of those with keys in [from, to), as a scan
// of the snapshot has found them.
type readAhead struct {
	of       *sortedKeys // for which candidates
	size     int         // records of the next run, at most; less than 2: one at a time
	from, to string      // to "" is the end of the key space, if the run is one at all
	records  []Record
	used     int // records that were asked for
}

// dense reports whether candidates are so many that what lies between them is
// worth reading with them.
func (c *sortedKeys) dense(live uint64) bool {
	return c != nil && (c.many || len(c.keys) >= aheadRecords && uint64(len(c.keys)) >= live/aheadUsed)
}

// read reads one record without a large body: from the run that holds its key, or
// from one that begins with it.
func (v *View) read(key string) (Record, error) {
	a := &v.ahead
	if a.of != v.sorted { // others are asked for now
		*a = readAhead{of: v.sorted}
		if v.sorted.dense(v.state.live) {
			a.size = aheadRecords
		}
	}
	if a.holds(key) {
		return a.record(key), nil
	}
	if a.used*aheadUsed < len(a.records) {
		a.size /= 2
	}
	if a.size < 2 {
		return getRecord(v.snap, v.replicas, v.coll, key)
	}
	if err := v.readRun(key); err != nil {
		return Record{Key: key}, err
	}
	return a.record(key), nil
}

func (a *readAhead) holds(key string) bool {
	return len(a.records) > 0 && key >= a.from && (a.to == "" || key < a.to)
}

// record is the record of a key in the run; it has no heads if there is none.
func (a *readAhead) record(key string) Record {
	i, ok := slices.BinarySearchFunc(a.records, key, func(r Record, key string) int { return strings.Compare(r.Key, key) })
	if !ok {
		return Record{Key: key}
	}
	a.used++
	return a.records[i]
}

// readRun reads the records from key on, up to a damaged one; it fails if that is
// the record of key.
func (v *View) readRun(key string) error {
	a := &v.ahead
	a.from, a.to, a.records, a.used = key, "", make([]Record, 0, a.size), 0
	var chunk []byte
	size := 0
	for item, err := range v.snap.Scan(documentRange(v.coll, key, "")) {
		if err != nil {
			a.records = nil
			return err
		}
		at := documentKeyOf(v.coll, item.Key)
		if len(a.records) == a.size || size > aheadBytes {
			a.to = at
			return nil
		}
		if cap(chunk)-len(chunk) < len(item.Value) {
			chunk = make([]byte, 0, max(aheadChunk, len(item.Value)))
		}
		start := len(chunk)
		chunk = append(chunk, item.Value...)
		rec, err := recordOf(v.coll, at, item.Key, chunk[start:len(chunk):len(chunk)], v.replicaID)
		if err != nil && at == key {
			return err
		}
		if err != nil {
			a.to = at
			return nil
		}
		a.records = append(a.records, rec)
		size += len(item.Value)
	}
	return nil
}
