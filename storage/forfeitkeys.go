package storage

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// ForfeitKeys is ForfeitSome for single documents, whose keys are in order. Where no
// other document lies between two of them all keys between become unknown too: what is
// known falls into no more ranges than it must, also where thousands are given up.
// rest are the keys that are left for the next Update.
func (b *Batch) ForfeitKeys(coll string, keys []string, limit int) (rest []string, err error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return nil, err
	}
	lost, err := b.runsOf(coll, keys)
	if err != nil {
		return nil, b.note(err)
	}
	left, err := b.ForfeitSome(coll, lost, limit)
	if err != nil {
		return nil, err
	}
	if len(left) > 0 {
		i, _ := slices.BinarySearch(keys, left[0].From)
		keys, rest = keys[:i], keys[i:]
	}
	for _, key := range keys { // nothing may have been left of one
		b.noteRecord(coll, key, true)
	}
	return rest, nil
}

// runsOf are ranges that hold these documents and no other.
func (b *Batch) runsOf(coll string, keys []string) (runs []crdt.Range, err error) {
	for i, key := range keys {
		next := crdt.Range{From: key, To: key + "\x00"}
		if i == 0 {
			runs = append(runs, next)
			continue
		}
		last := &runs[len(runs)-1]
		alone := true
		o := documentRange(coll, last.To, key)
		o.KeysOnly = true
		for _, err := range b.tx.Scan(o) {
			if err != nil {
				return nil, err
			}
			alone = false
			break
		}
		if alone {
			last.To = next.To
		} else {
			runs = append(runs, next)
		}
	}
	return runs, nil
}
