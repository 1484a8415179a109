package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Quarantined is something that could not be taken, or had to be given up, and is
// kept as it was, until somebody releases or drops it. It is no part of any
// collection: no peer is told of it.
type Quarantined struct {
	ID     uint64 // of this store; the later has the greater one
	At     time.Time
	Kind   string // one of the Quarantined constants
	Origin string // PeerID of who sent it; "" if it was here
	// Collection and Key are of the document; "" where they are not known.
	Collection, Key string
	Reason          string
	Size            int // of Raw
	Raw             []byte
}

// What may be in quarantine.
const (
	QuarantinedDocument = "document" // canonical bytes, as a peer has sent them
	QuarantinedMessage  = "message"  // a message of a session, as a peer has sent it
	QuarantinedRecord   = "record"   // canonical bytes of an intact record that had to be given up
	QuarantinedRaw      = "raw"      // what the store held under the key of a damaged record
)

// MaxQuarantinedOne is how many bytes of one are kept; more is cut.
const MaxQuarantinedOne = 4 << 20

const (
	quarantinePiece = 256 << 10 // bytes of one value
	quarantineText  = 1 << 10   // bytes of a reason or origin
	// quarantineSkip is from which size on the pieces of one are not read to list the next.
	quarantineSkip = 16 << 10
)

func quarantineKey(id uint64, piece uint32) []byte {
	k := binary.BigEndian.AppendUint64([]byte{spaceQuarantine}, id)
	return binary.BigEndian.AppendUint32(k, piece)
}

// Quarantine lists what is in quarantine, the oldest first, without Raw. An entry
// that is itself damaged is listed as far as it can be told, with the Reason.
func (d *Documents) Quarantine() (all []Quarantined, err error) {
	err = d.store.View(func(r Reader) error {
		all, err = quarantined(r)
		return err
	})
	return all, err
}

func quarantined(r Reader) (all []Quarantined, err error) {
	for o, more := wholeSpace(spaceQuarantine), true; more; {
		more = false
		for item, err := range r.Scan(o) {
			if err != nil {
				return nil, err
			}
			if len(item.Key) != 13 || binary.BigEndian.Uint32(item.Key[9:]) != 0 {
				continue // a piece
			}
			q := Quarantined{ID: binary.BigEndian.Uint64(item.Key[1:9])}
			b, ok := unseal(item.Key, item.Value)
			if !ok || !q.parse(b) {
				q.Reason = "what is said of it is damaged"
			}
			all = append(all, q)
			if q.Size > quarantineSkip && q.ID < 1<<64-1 {
				o.Start, more = quarantineKey(q.ID+1, 0), true
				break
			}
		}
	}
	return all, nil
}

// QuarantinedOne is one of them, with Raw; ErrNotFound if there is none. Raw is
// what is left of it if some of it is damaged, and then the error is ErrDamaged.
func (d *Documents) QuarantinedOne(id uint64) (q Quarantined, err error) {
	err = d.store.View(func(r Reader) error {
		q, err = quarantinedOne(r, id)
		return err
	})
	return q, err
}

func quarantinedOne(r Reader, id uint64) (q Quarantined, err error) {
	key := quarantineKey(id, 0)
	value, err := r.Get(key)
	if err != nil {
		return q, err
	}
	q.ID = id
	damaged := &DamagedError{What: fmt.Sprintf("number %d of the quarantine", id)}
	b, ok := unseal(key, value)
	if !ok || !q.parse(b) {
		return q, damaged
	}
	for piece := uint32(1); len(q.Raw) < q.Size; piece++ {
		key := quarantineKey(id, piece)
		value, err := r.Get(key)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return q, err
		}
		b, ok := unseal(key, value)
		if q.Raw = append(q.Raw, b...); err != nil || !ok || len(b) == 0 {
			return q, damaged
		}
	}
	return q, nil
}

// damagedQuarantine finds what in quarantine is not what was put there.
func damagedQuarantine(r Reader) (found []Finding, err error) {
	all, err := quarantined(r)
	for _, q := range all {
		if _, err := quarantinedOne(r, q.ID); errors.Is(err, ErrDamaged) {
			found = append(found, Finding{q.Collection, q.Key, ProblemQuarantine, fmt.Sprintf("number %d", q.ID)})
		} else if err != nil {
			return nil, err
		}
	}
	return found, err
}

// DropQuarantined removes one from the quarantine in the same commit as what b does
// with it; ErrNotFound if there is none.
func (b *Batch) DropQuarantined(id uint64) error {
	if _, err := b.tx.Get(quarantineKey(id, 0)); err != nil {
		return err
	}
	var keys [][]byte
	o := ScanOptions{Start: quarantineKey(id, 0), End: append(quarantineKey(id, 1<<32-1), 0), KeysOnly: true}
	for item, err := range b.tx.Scan(o) {
		if err != nil {
			return err
		}
		keys = append(keys, slices.Clone(item.Key))
	}
	for _, key := range keys {
		if err := b.del(key); err != nil {
			return err
		}
	}
	return nil
}

// appendBinary appends time in milliseconds (8 bytes), size (4), and kind, origin,
// collection, key and reason behind their lengths.
func (q Quarantined) appendBinary(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, millis(q.At))
	b = binary.BigEndian.AppendUint32(b, uint32(q.Size))
	for _, s := range []string{q.Kind, q.Origin, q.Collection, q.Key, q.Reason} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

func (q *Quarantined) parse(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	q.At, q.Size = fromMillis(binary.BigEndian.Uint64(b)), int(binary.BigEndian.Uint32(b[8:]))
	b = b[12:]
	for _, s := range []*string{&q.Kind, &q.Origin, &q.Collection, &q.Key, &q.Reason} {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return false
		}
		*s, b = string(b[w:w+int(n)]), b[w+int(n):]
	}
	return len(b) == 0 && q.Size <= MaxQuarantinedOne
}
