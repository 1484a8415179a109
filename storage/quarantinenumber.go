package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// metaQuarantine is the greatest number that anything in quarantine was given.
const metaQuarantine = "quarantine"

// numbersLost is how many numbers are left out where the note of the last one is damaged.
const numbersLost = 1 << 20

// begin finds the greatest number that this store has given to anything in quarantine: an operator
// may have written it down, so that no other may get it, also when what had it is gone. The first
// time in an opening it takes pieces away that a stop has left of nothing.
func (k *keeper) begin() error {
	if k.d.lastKept > 0 { // given since the store was opened
		k.last = max(k.last, k.d.lastKept)
		return nil
	}
	return k.d.store.View(func(r Reader) error {
		last := uint64(0)
		b, err := getSealed(r, metaKey(metaQuarantine), "", "the last number of the quarantine")
		switch {
		case errors.Is(err, ErrNotFound): // of a version that kept none, or nothing ever was there
		case errors.Is(err, ErrDamaged) || err == nil && len(b) != 8:
			last = k.last + numbersLost
		case err == nil:
			last = binary.BigEndian.Uint64(b)
		default:
			return err
		}
		k.last = max(k.last, last)
		return k.tidy(r)
	})
}

// tidy takes away the pieces of what is not there.
func (k *keeper) tidy(r Reader) error {
	o, whole := wholeSpace(spaceQuarantine), uint64(0)
	o.KeysOnly = true
	for item, err := range r.Scan(o) {
		if err != nil {
			return err
		}
		if len(item.Key) != 13 {
			continue
		}
		id, piece := binary.BigEndian.Uint64(item.Key[1:]), binary.BigEndian.Uint32(item.Key[9:])
		if piece == 0 {
			whole = id
		} else if id != whole {
			key := bytes.Clone(item.Key)
			k.todo = append(k.todo, keeping{do: func(b *Batch) error { return b.del(key) }})
		}
	}
	return nil
}

// number notes which numbers are given, in front of what has them: a stop in between
// leaves some that nothing ever had.
func (k *keeper) number(b *Batch) error {
	return b.setMeta(metaQuarantine, binary.BigEndian.AppendUint64(nil, k.d.lastKept))
}
