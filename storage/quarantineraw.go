package storage

import (
	"encoding/binary"
	"errors"
	"iter"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Salvage is what the store holds of a document, for the quarantine: the canonical
// bytes if the record can be read (QuarantinedRecord), else all values under its
// keys as they are, each behind its key, both behind their lengths as uvarints
// (QuarantinedRaw). found is false if there is nothing at all.
func (d *Documents) Salvage(coll, key string) (q Quarantined, found bool, err error) {
	q = Quarantined{Collection: coll, Key: key, Kind: QuarantinedRecord}
	err = d.store.View(func(r Reader) error {
		at := documentKey(coll, key)
		value, err := r.Get(at)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err == nil {
			rec, failed := recordOf(coll, key, at, value, func(replicaNumber) (crdt.ReplicaID, error) { return crdt.ReplicaID{}, nil })
			if failed == nil && rec.large != nil {
				rec.Body, failed = bodyReader{r, coll, key}.read(rec.large)
			}
			if failed == nil && len(rec.Body) > 0 {
				if _, failed = crdt.Decode(rec.Body); failed == nil {
					q.Raw, found = append([]byte(nil), rec.Body...), true
					return nil
				}
			}
			if failed == nil { // a removal
				return nil
			}
			found = true
			q.Raw = appendRaw(q.Raw, at, value)
		}
		q.Kind = QuarantinedRaw
		for item, err := range r.Scan(partRange(coll, key, key+"\x00")) {
			if err != nil {
				return err
			}
			found = true
			q.Raw = appendRaw(q.Raw, item.Key, item.Value)
		}
		return nil
	})
	return q, found, err
}

func appendRaw(b, key, value []byte) []byte {
	for _, s := range [][]byte{key, value} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// Content is the canonical bytes of the document that was kept: as they are, or read
// from the values that the store held of it. ErrDamaged if those cannot be read: but
// what this version cannot decode, a later one may.
func (q Quarantined) Content() ([]byte, error) {
	if q.Kind != QuarantinedRaw {
		return q.Raw, nil
	}
	values, at := cutRaw(q.Raw), documentKey(q.Collection, q.Key)
	value, err := values.Get(at)
	if err != nil {
		return nil, &DamagedError{Collection: q.Collection, Key: q.Key, What: "no record was kept"}
	}
	rec, err := recordOf(q.Collection, q.Key, at, value, func(replicaNumber) (crdt.ReplicaID, error) { return crdt.ReplicaID{}, nil })
	if err == nil && rec.large != nil {
		rec.Body, err = bodyReader{values, q.Collection, q.Key}.read(rec.large)
	}
	return rec.Body, err
}

// rawValues are values that were kept, as a Reader, in order of their keys.
type rawValues []Item

// cutRaw reads what appendRaw has written, as far as it is whole.
func cutRaw(b []byte) (values rawValues) {
	for {
		var pair [2][]byte
		for i := range pair {
			n, w := binary.Uvarint(b)
			if w <= 0 || n > uint64(len(b)-w) {
				slices.SortStableFunc(values, func(x, y Item) int { return slices.Compare(x.Key, y.Key) })
				return values
			}
			pair[i], b = b[w:w+int(n)], b[w+int(n):]
		}
		values = append(values, Item{Key: pair[0], Value: pair[1]})
	}
}

// Get implements Reader.
func (v rawValues) Get(key []byte) ([]byte, error) {
	i, found := slices.BinarySearchFunc(v, key, func(item Item, key []byte) int { return slices.Compare(item.Key, key) })
	if !found {
		return nil, ErrNotFound
	}
	return v[i].Value, nil
}

// Scan implements Reader.
func (v rawValues) Scan(o ScanOptions) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for i := range v {
			item := v[i]
			if o.Reverse {
				item = v[len(v)-1-i]
			}
			if slices.Compare(item.Key, o.Start) < 0 || o.End != nil && slices.Compare(item.Key, o.End) >= 0 {
				continue
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}
