package storage

import (
	"encoding/binary"
	"errors"

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
