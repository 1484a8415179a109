package storage

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// The fingerprints of the last transactions of each own incarnation are kept
// in a ring of slots, so that a store that continues the same past otherwise
// is noticed (Law F). A slot holds slotSize transactions and is rewritten until
// it is full. Of a fingerprint it has the first bytes: nobody has a reason to
// make a clone of himself that shows the same ones.
const (
	slotSize   = 16
	slots      = 257 // one more than Remembered needs: the newest is not full
	firstSlot  = 1024
	keptPrefix = 8
	// Remembered is how many of its own transactions in a collection an
	// incarnation remembers the fingerprints of.
	Remembered = slotSize * (slots - 1)
)

// What a store of format 1 or 2 has remembered is in the slots below firstSlot,
// each transaction as counter and whole fingerprint.
const wholeEntry = 8 + 16

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

// slotKey is the key of the slot that holds a transaction.
func slotKey(coll string, n replicaNumber, transaction uint64) []byte {
	return fingerprintKey(coll, n, firstSlot+uint16(transaction/slotSize%slots))
}

// remember stores the fingerprint of the newest own transaction.
func (b *Batch) remember(coll string, s *state) error {
	n, err := b.number(s.own.replica)
	if err != nil {
		return err
	}
	place, key := s.own.transactions%slotSize, slotKey(coll, n, s.own.transactions)
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
	slot := append(unsealed(len(s.slot)+slotEntry), s.slot...)
	slot = binary.AppendUvarint(slot, s.own.counter)
	slot = append(slot, s.own.chain[:keptPrefix]...)
	s.slot = slot[sealSize:]
	s.own.transactions++
	return b.set(key, seal(key, slot))
}

// slotEntry is the most bytes that one transaction has in a slot.
const slotEntry = binary.MaxVarintLen64 + keptPrefix

// eachFingerprint calls fn with each counter in a slot and what is kept of its
// fingerprint, until it returns false; ok is false if the slot is damaged.
func eachFingerprint(key, value []byte, fn func(counter uint64, kept []byte) bool) (ok bool) {
	b, ok := unseal(key, value)
	old := binary.BigEndian.Uint16(key[len(key)-2:]) < firstSlot
	for ok && len(b) > 0 {
		counter, w := binary.Uvarint(b)
		kept := keptPrefix
		if old {
			if len(b) < wholeEntry {
				return false
			}
			counter, w, kept = binary.BigEndian.Uint64(b), 8, wholeEntry-8
		}
		if w <= 0 || len(b) < w+kept {
			return false
		}
		if !fn(counter, b[w:w+kept]) {
			return true
		}
		b = b[w+kept:]
	}
	return ok
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
	return contradicts(b.tx, coll, n, h)
}

func contradicts(r Reader, coll string, n replicaNumber, h crdt.SignedHead) (bool, error) {
	first, last, damaged := ^uint64(0), uint64(0), false
	var found, differs bool
	o := ScanOptions{Start: fingerprintKey(coll, n, 0), End: fingerprintKey(coll, n+1, 0)}
	for item, err := range r.Scan(o) {
		if err != nil {
			return false, err
		}
		ok := eachFingerprint(item.Key, item.Value, func(counter uint64, kept []byte) bool {
			if len(kept) == keptPrefix { // the ring has no gaps, beside it there may be one
				first, last = min(first, counter), max(last, counter)
			}
			if counter == h.Counter {
				found, differs = true, !bytes.HasPrefix(h.Chain[:], kept)
			}
			return !found
		})
		if found {
			return differs, nil
		}
		damaged = damaged || !ok
	}
	return !damaged && first < h.Counter && h.Counter < last, nil
}
