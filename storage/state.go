package storage

import (
	"encoding/binary"

	"github.com/crdtstore/crdtstore/crdt"
)

// state is what a collection keeps besides its documents. It is written once
// for each Update that touches the collection, in the same commit as the
// documents (Law G). A published state is never changed.
type state struct {
	knowledge crdt.Knowledge
	live      uint64         // documents that exist
	mark      crdt.Timestamp // HLC high-water mark of what was written here
	own       ownHead
	replicas  uint32 // replica numbers given out before this was written
	slot      []byte // the newest slot of own's fingerprints; nil if not read yet
	uncounted bool   // own.counter is not in knowledge yet
}

// ownHead is how far one own incarnation has counted in a collection.
type ownHead struct {
	replica      crdt.ReplicaID
	counter      uint64
	time         crdt.Timestamp
	chain        crdt.Fingerprint
	transactions uint64
}

const ownHeadSize = 16 + 8 + 8 + 16 + 8

func (h ownHead) appendBinary(b []byte) []byte {
	b = append(b, h.replica[:]...)
	b = binary.BigEndian.AppendUint64(b, h.counter)
	b = binary.BigEndian.AppendUint64(b, uint64(h.time))
	b = append(b, h.chain[:]...)
	return binary.BigEndian.AppendUint64(b, h.transactions)
}

// cutOwnHead reads what appendBinary has written; b is long enough.
func cutOwnHead(b []byte) (h ownHead, rest []byte) {
	copy(h.replica[:], b)
	h.counter = binary.BigEndian.Uint64(b[16:])
	h.time = crdt.Timestamp(binary.BigEndian.Uint64(b[24:]))
	copy(h.chain[:], b[32:])
	h.transactions = binary.BigEndian.Uint64(b[48:])
	return h, b[ownHeadSize:]
}

const stateSize = 4 + 8 + 8 + ownHeadSize

// appendBinary appends the number of replicas, the live count, the mark, the
// own head, the knowledge.
func (s *state) appendBinary(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, s.replicas)
	b = binary.BigEndian.AppendUint64(b, s.live)
	b = binary.BigEndian.AppendUint64(b, uint64(s.mark))
	b = s.own.appendBinary(b)
	return s.knowledge.AppendBinary(b)
}

// stateOf reads the sealed state of coll.
func stateOf(coll string, key, value []byte) (*state, error) {
	b, ok := unseal(key, value)
	if !ok || len(b) < stateSize {
		return nil, &DamagedError{Collection: coll, What: "checksum of the knowledge"}
	}
	s := &state{
		replicas: binary.BigEndian.Uint32(b),
		live:     binary.BigEndian.Uint64(b[4:]),
		mark:     crdt.Timestamp(binary.BigEndian.Uint64(b[12:])),
	}
	s.own, b = cutOwnHead(b[20:])
	var err error
	if s.knowledge, err = crdt.ParseKnowledge(b); err != nil {
		return nil, &DamagedError{Collection: coll, What: err.Error()}
	}
	return s, nil
}

// loadStates reads the state of every collection.
func loadStates(r Reader) (map[string]*state, error) {
	states := map[string]*state{}
	for item, err := range r.Scan(wholeSpace(spaceCollection)) {
		if err != nil {
			return nil, err
		}
		coll := string(item.Key[1:])
		if states[coll], err = stateOf(coll, item.Key, item.Value); err != nil {
			return nil, err
		}
	}
	return states, nil
}
