package storage

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// Horizon is what was known of a collection at some moment. Removals that it
// counts are as old as that, at least, and may be forgotten when that is long
// enough ago.
type Horizon struct {
	At        time.Time // to the millisecond
	Knowledge crdt.Knowledge
}

func horizonKey(coll string) []byte {
	return append(inCollection(spaceForgotten, coll, 1), forgottenHorizon)
}

// Horizon is the one noted last; ok is false if there is none, or it is
// damaged.
func (v *View) Horizon() (h Horizon, ok bool, err error) {
	b, err := getSealed(v.snap, horizonKey(v.coll), v.coll, "a horizon")
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
		return h, false, nil
	}
	if err != nil || len(b) < 8 {
		return h, false, err
	}
	h.At = time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	h.Knowledge, err = crdt.ParseKnowledge(b[8:])
	return h, err == nil, nil
}

// NoteHorizon notes what is known of a collection now, as of at.
func (b *Batch) NoteHorizon(coll string, at time.Time) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	key := horizonKey(coll)
	value := binary.BigEndian.AppendUint64(unsealed(256), uint64(at.UnixMilli()))
	return b.set(key, seal(key, b.peek(coll).knowledge.AppendBinary(value)))
}
