package storage

import (
	"slices"
	"sync"
)

// recordedKeys are the keys of a collection that have a record, of a removal too, as those say who do not look
// for it: the dot index, when it was read, and the commits since. So a document that is not among them was
// never here, or is properly gone; one that is among them and has no record was lost (Law I). The tree cannot tell
// that of a document that has changed since it was hashed, nor of one beside it.
//
// They are shared by the states of a collection that follow each other, each of which says how many of
// the changes it has.
type recordedKeys struct {
	mu      sync.RWMutex
	keys    keySet
	read    bool   // keys has all; else none
	seq     uint64 // changes so far
	dropped uint64 // the last one that dropped a key
	log     []keyChange
	first   uint64 // the log has the changes behind so many, while nothing was read
	large   bool   // the index has more entries than a transaction reads
}

// recording is a key that gets its record, or is rid of it.
type recording struct {
	coll string
	keyChange
}

type keyChange struct {
	hash uint64
	gone bool
}

// leastRecordings is how many changes are kept in any case for who is about to read the index; a quarter of
// the documents, if that is more.
const leastRecordings = 1 << 16

// change takes in what was committed, in a collection of so many documents.
func (k *recordedKeys) change(changes []recording, documents uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.read {
		for _, c := range changes {
			k.apply(c.keyChange)
		}
		return
	}
	k.seq += uint64(len(changes))
	for _, c := range changes {
		k.log = append(k.log, c.keyChange)
	}
	if uint64(len(k.log)) > max(leastRecordings, documents/4) {
		k.log, k.first = nil, k.seq
	}
}

func (k *recordedKeys) apply(c keyChange) {
	if k.seq++; c.gone {
		k.keys.drop(c.hash)
		k.dropped = k.seq
	} else {
		k.keys.add(c.hash)
	}
}

// fill takes what was read of the index, in a state that has the first at changes. It does nothing if that was
// done, or too much has changed since.
func (k *recordedKeys) fill(hashes []uint64, at uint64) {
	if k == nil {
		return
	}
	keys := keySetOf(hashes)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.read || at < k.first || at > k.seq {
		return
	}
	k.keys, k.read = keys, true
	since := k.log[at-k.first:]
	k.seq, k.log = at, nil
	for _, c := range since {
		k.apply(c)
	}
}

// filled reports whether the index was read.
func (k *recordedKeys) filled() bool {
	if k == nil {
		return false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.read
}

// has reports whether a document has a record after all changes; sure is false if the index was not read.
func (k *recordedKeys) has(hash uint64) (has, sure bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.read && k.keys.has(hash), k.read
}

// had reports whether a document had a record in a state that has the first at changes; sure is false if that
// cannot be told any more, or not yet.
func (k *recordedKeys) had(hash, at uint64) (had, sure bool) {
	if k == nil {
		return false, false
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	had = k.read && k.keys.has(hash)
	return had, k.read && k.dropped <= at && at <= k.seq && (!had || at == k.seq)
}

// noteRecord notes that a document gets a record, or is rid of it.
func (b *Batch) noteRecord(coll, key string, gone bool) {
	b.recordings = append(b.recordings, recording{coll, keyChange{keyHash(key), gone}})
}

// finishRecordings counts what was noted in the states.
func (b *Batch) finishRecordings() {
	for _, c := range b.recordings {
		b.state(c.coll).recordings++
	}
}

// publishRecordings makes them known to all who share them.
func (b *Batch) publishRecordings() {
	for all := b.recordings; len(all) > 0; {
		n := 1
		for n < len(all) && all[n].coll == all[0].coll {
			n++
		}
		s := b.states[all[0].coll]
		s.recorded.change(all[:n], s.live)
		all = all[n:]
	}
}

// recorded reports whether a document should have a record. Unless that was done, it reads the index of a small
// collection; of a large one it fails with ErrUnread.
func (b *Batch) recorded(coll string, hash uint64) (bool, error) {
	s := b.look(coll)
	has, sure := s.recorded.has(hash)
	if !sure {
		if err := b.readAtOnce(coll, s); err != nil {
			return false, err
		}
		has, _ = s.recorded.has(hash)
	}
	if !has {
		return false, nil
	}
	for _, c := range slices.Backward(b.recordings) {
		if c.hash == hash && c.coll == coll {
			return !c.gone, nil
		}
	}
	return true, nil
}

// Recorded reports whether a document has a record, or should have one: one that was lost, or may have been.
// It reads the dot index of the collection unless that was done since the store was opened. A document of which it
// says no was never here, or is properly gone.
func (d *Documents) Recorded(coll, key string) bool {
	err := d.Enrol(coll)
	s := d.published(coll)
	if err != nil || s == nil || s.recorded == nil || s.torn {
		return true
	}
	has, sure := s.recorded.has(keyHash(key))
	return has || !sure
}
