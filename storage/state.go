package storage

import (
	"encoding/binary"
	"slices"
	"sync/atomic"

	"github.com/crdtstore/crdtstore/crdt"
)

// state is what a collection keeps besides its documents. It is written once
// for each Update that touches the collection, in the same commit as the
// documents (Law G). A published state is never changed.
type state struct {
	knowledge  crdt.Knowledge
	reach      reach
	live       uint64         // documents that exist
	mark       crdt.Timestamp // HLC high-water mark of what was written here
	own        ownHead
	replicas   uint32 // replica numbers given out before this was written
	slot       []byte // the newest slot of own's fingerprints; nil if not read yet
	uncounted  bool   // own.counter is not in knowledge yet
	base       base
	roll       roll // of the dot index
	recorded   *recordedKeys
	recordings uint64 // changes of those that this state has
	torn       bool   // since recorded was read the index was taken for what it should be: it may not name all of them
	last       lastChanges
	record     []byte // as stored, without its seal
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

// know replaces what is known.
func (s *state) know(k crdt.Knowledge) {
	s.knowledge = k
	s.reach.vector = s.reach.vector.Merge(k.Max())
}

// countOwn brings the knowledge up to the own counter. With every local commit
// the reach, and what was known when the changes were written, follow at once
// where they are the same vector.
func (s *state) countOwn() {
	if !s.uncounted {
		return
	}
	s.uncounted = false
	was, whole := s.knowledge.Whole()
	k := s.knowledge.RaiseOwn(s.own.replica, s.own.counter)
	now, _ := k.Whole()
	if !whole || s.reach.vector != was {
		s.know(k)
		return
	}
	s.knowledge, s.reach.vector = k, now
	if last, ok := s.last.knowledge.Whole(); ok && last == was && s.last.own == s.own.replica {
		s.last.knowledge = k
	}
}

const (
	stateSize = 4 + 8 + 8 + ownHeadSize
	// stateLayout begins a state that is a base and changes. One without it was
	// written by a store of format 1 or 2: it holds the knowledge whole, and
	// begins with the number of replicas, of which the first byte is zero.
	stateLayout = 1
	// stateSummed is a stateLayout with the sum of the dots that the index has (see roll) behind the own head.
	// One without it was written by a store of format 3, or before the sum was known.
	stateSummed = 2
)

// appendBinary appends the layout, the number of replicas, the live count, the
// mark, the own head, the sum of the index if it is known, and the knowledge as its changes since the base.
func (s *state) appendBinary(b []byte, name namer) []byte {
	layout := byte(stateLayout)
	if s.roll.summed {
		layout = stateSummed
	}
	b = append(b, layout)
	b = binary.BigEndian.AppendUint32(b, s.replicas)
	b = binary.BigEndian.AppendUint64(b, s.live)
	b = binary.BigEndian.AppendUint64(b, uint64(s.mark))
	b = s.own.appendBinary(b)
	if s.roll.summed {
		b = binary.BigEndian.AppendUint64(b, s.roll.sum)
	}
	return s.appendChanges(b, name)
}

// stateOf reads the sealed state of coll, with its base from r.
func stateOf(r Reader, coll string, key, value []byte, id unnamer) (*state, error) {
	b, ok := unseal(key, value)
	if !ok || len(b) < stateSize {
		return nil, &DamagedError{Collection: coll, What: "checksum of the knowledge"}
	}
	s := &state{record: slices.Clone(b), reach: reach{checked: new(atomic.Bool)}, roll: roll{start: new(rollStart)}, recorded: new(recordedKeys)}
	layout := b[0]
	if layout != 0 {
		b = b[1:]
	}
	if layout > stateSummed || len(b) < stateSize {
		return nil, &DamagedError{Collection: coll, What: "state of the collection"}
	}
	s.replicas = binary.BigEndian.Uint32(b)
	s.live = binary.BigEndian.Uint64(b[4:])
	s.mark = crdt.Timestamp(binary.BigEndian.Uint64(b[12:]))
	s.own, b = cutOwnHead(b[20:])
	if layout == stateSummed {
		if len(b) < 8 {
			return nil, &DamagedError{Collection: coll, What: "state of the collection"}
		}
		s.roll.sum, s.roll.summed, b = binary.BigEndian.Uint64(b), true, b[8:]
	}
	if layout != 0 {
		if err := s.readChanges(r, coll, b, id); err != nil {
			return nil, err
		}
	} else {
		k, err := crdt.ParseKnowledge(b)
		if err != nil {
			return nil, &DamagedError{Collection: coll, What: err.Error()}
		}
		s.know(k)
	}
	s.roll.start.reach, s.roll.start.bounded = s.reach.vector, true
	return s, nil
}

// loadStates reads the state of every collection.
func loadStates(r Reader, id unnamer) (map[string]*state, error) {
	states := map[string]*state{}
	for item, err := range r.Scan(wholeSpace(spaceCollection)) {
		if err != nil {
			return nil, err
		}
		coll := string(item.Key[1:])
		if states[coll], err = stateOf(r, coll, item.Key, item.Value, id); err != nil {
			return nil, err
		}
	}
	return states, nil
}
