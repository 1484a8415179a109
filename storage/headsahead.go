package storage

import (
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// SignedAhead visits the replicas of which a signed head is kept that counts
// further than the View knows of any key, with its counter, in the order in which
// the store has heard of them. Such heads came ahead of the frames that count on
// them (Law J). One that is damaged is left out: it can come again.
func (v *View) SignedAhead(visit func(r crdt.ReplicaID, counter uint64)) error {
	known := v.Knowledge().Max()
	o := ScanOptions{Start: inCollection(spaceSignedHead, v.coll, 0), End: afterCollection(spaceSignedHead, v.coll)}
	for item, err := range v.snap.Scan(o) {
		if err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(item.Key[len(o.Start):])
		b, ok := unseal(item.Key, item.Value)
		if h, err := crdt.ParseSignedHead(b); ok && err == nil && n < uint32(len(v.replicas.ids)) {
			if r := v.replicas.ids[n]; h.Counter > known.Counter(r) {
				visit(r, h.Counter)
			}
		}
	}
	return nil
}
