package storage

import (
	"errors"
	"math"
	"slices"
)

// indexed is what the dot index has at one moment: who asks for a document that should have a record, and has none,
// is answered by it.
type indexed struct {
	hashes []uint64 // of the keys that entries name, in order
	other  bool     // it has other entries than were written, or had when it was taken anew
}

// lost is the error for a document that should have a record and has none: nil if the index does not name it, and
// has lost no entry.
func (x *indexed) lost(coll, key string, hash uint64) error {
	_, named := slices.BinarySearch(x.hashes, hash)
	switch {
	case named:
		return &DamagedError{Collection: coll, Key: key, Unrecorded: []string{key}, What: "the index names it, but it has no record"}
	case x.other:
		return &DamagedError{Collection: coll, Key: key, Unrecorded: []string{key}, What: "it had a record, which is lost, and so are entries of the index"}
	}
	return nil
}

// lost fails with *DamagedError if a document that has no record should have one: a disk has lost it. Who begins it
// anew tells everyone who has it, and hears that this replica counts its changes, that it was removed (Law I). The cost is a
// look into memory; only where something was lost the index is read, once for a transaction.
func (b *Batch) lost(coll, key string) error {
	hash := keyHash(key)
	if should, err := b.recorded(coll, hash); !should || err != nil {
		return err
	}
	x := b.indexed[coll]
	if x == nil {
		_, sum, hashes, err := source{r: b.tx, coll: coll}.readNames(math.MaxInt)
		if err != nil {
			return err
		}
		slices.Sort(hashes)
		x = &indexed{hashes: hashes, other: b.look(coll).torn}
		if left := b.look(coll).roll; left.summed {
			if e := b.enrolled[coll]; e != nil {
				left = left.with(*e, b.look(coll).live)
			}
			x.other = x.other || sum != left.sum
		}
		if b.indexed == nil {
			b.indexed = map[string]*indexed{}
		}
		b.indexed[coll] = x
	}
	return x.lost(coll, key, hash)
}

// begins is lost for a local write that begins a document. In a large collection it does not wait, and let all others wait, for the
// first reading of the index after an opening, which a node does beside: until then what was lost before the opening is
// not told from what never was.
func (b *Batch) begins(coll, key string) error {
	if b.begun == (address{coll, key}) {
		return nil
	}
	if err := b.lost(coll, key); err != nil && !errors.Is(err, ErrUnread) {
		return err
	}
	b.begun = address{coll, key}
	return nil
}

// lost is Batch.lost of a document that has no record in a View: sure is false if it cannot be told, because the collection has
// changed since, or the index was not read.
func (v *View) lost(key string) (sure bool, err error) {
	hash := keyHash(key)
	had, sure := v.state.recorded.had(hash, v.state.recordings)
	if !had || !sure {
		return sure, nil
	}
	if v.indexed == nil {
		s := v.source()
		_, sum, hashes, err := s.readNames(math.MaxInt)
		if err != nil {
			return false, err
		}
		slices.Sort(hashes)
		v.indexed = &indexed{hashes, v.state.torn || s.roll != nil && s.roll.summed && sum != s.roll.sum}
	}
	return true, v.indexed.lost(v.coll, key, hash)
}

// learn makes lost sure, if the collection does not change meanwhile: unless that was done it reads the
// index. What is damaged in that is found by who needs it whole.
func (v *View) learn() error {
	if v.state.recorded == nil || v.state.recorded.filled() {
		return nil
	}
	if err := v.source().enrol(); err != nil && !errors.Is(err, ErrDamaged) {
		return err
	}
	return nil
}
