package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// The fingerprints of the last transactions of each own incarnation are kept
// in a ring of slots, so that a store that continues the same past otherwise
// is noticed (Law F). A slot holds slotSize transactions, each as counter and
// fingerprint, and is rewritten until it is full.
const (
	slotSize        = 8
	slots           = 513 // one more than Remembered needs: the newest is not full
	fingerprintSize = 8 + 16
	// Remembered is how many of its own transactions in a collection an
	// incarnation remembers the fingerprints of.
	Remembered = slotSize * (slots - 1)
)

// chainWith is the fingerprint after one more transaction: the first 16 bytes
// of SHA-256 over the fingerprint before, the range of counters, the time,
// and each key with the digest of the new content.
func (h ownHead) chainWith(w *crdt.Writer, recs []Record) (next crdt.Fingerprint) {
	b := make([]byte, 0, 64+len(recs)*64)
	b = append(b, h.chain[:]...)
	b = binary.BigEndian.AppendUint64(b, w.Next-w.Taken())
	b = binary.BigEndian.AppendUint64(b, w.Next-1)
	b = binary.BigEndian.AppendUint64(b, uint64(w.Time))
	for _, rec := range recs {
		b = binary.AppendUvarint(b, uint64(len(rec.Key)))
		b = append(b, rec.Key...)
		digest := rec.Digest()
		b = append(b, digest[:]...)
	}
	sum := sha256.Sum256(b)
	copy(next[:], sum[:])
	return next
}

// remember stores the fingerprint of the newest own transaction.
func (b *Batch) remember(coll string, s *state) error {
	n, err := b.number(s.own.replica)
	if err != nil {
		return err
	}
	place := s.own.transactions % slotSize
	key := fingerprintKey(coll, n, uint16(s.own.transactions/slotSize%slots))
	if place > 0 && s.slot == nil {
		old, err := getSealed(b.tx, key, coll, "the own fingerprints")
		// What is damaged is forgotten: less can be proven, nothing is lost.
		if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDamaged) {
			return b.note(err)
		}
		s.slot = old
	}
	if place == 0 {
		s.slot = nil
	}
	slot := append(unsealed(len(s.slot)+fingerprintSize), s.slot...)
	slot = binary.BigEndian.AppendUint64(slot, s.own.counter)
	slot = append(slot, s.own.chain[:]...)
	s.slot = slot[sealSize:]
	s.own.transactions++
	return b.set(key, seal(key, slot))
}

// contradicts reports whether a head that an own incarnation has signed is
// proof of another continuation of its past: at a counter that is remembered,
// or where one should be, it shows a fingerprint that is not ours. Where
// fingerprints are damaged nothing is proof.
func (b *Batch) contradicts(coll string, h crdt.SignedHead) (bool, error) {
	n, ok := b.known(h.Replica())
	if !ok {
		return false, nil
	}
	first, last, damaged := ^uint64(0), uint64(0), false
	o := ScanOptions{Start: fingerprintKey(coll, n, 0), End: fingerprintKey(coll, n, slots)}
	for item, err := range b.tx.Scan(o) {
		if err != nil {
			return false, err
		}
		slot, ok := unseal(item.Key, item.Value)
		if !ok || len(slot)%fingerprintSize != 0 {
			damaged = true
			continue
		}
		for ; len(slot) > 0; slot = slot[fingerprintSize:] {
			counter := binary.BigEndian.Uint64(slot)
			first, last = min(first, counter), max(last, counter)
			if counter == h.Counter {
				return crdt.Fingerprint(slot[8:fingerprintSize]) != h.Chain, nil
			}
		}
	}
	return !damaged && first < h.Counter && h.Counter < last, nil
}
