package storage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// numbersTold are the numbers of replicas that a store tells, also where the records that say so are lost: a signed
// head and the counter of an earlier incarnation lie under the number and hold the ReplicaID, and the fingerprint of the
// last own transaction lies under the number of the incarnation that the state names. A number never changes, so
// whatever tells it, however old, is right.
type numbersTold struct {
	ids   map[replicaNumber]crdt.ReplicaID
	own   map[string]ownHead // by collection, of what is being looked at
	slots map[fingerprints]lastFingerprint
}

type fingerprints struct {
	coll   string
	number replicaNumber
}

type lastFingerprint struct {
	counter uint64
	kept    string
}

// see looks at one record. What is damaged tells nothing.
func (t *numbersTold) see(key, value []byte) {
	payload, ok := unseal(key, value)
	if !ok {
		return
	}
	coll, rest, _ := bytes.Cut(key[1:], []byte{0})
	switch key[0] {
	case spaceReplica:
		if id, err := replicaOf(key, value); err == nil && len(key) == 5 {
			t.ids[replicaNumber(binary.BigEndian.Uint32(key[1:]))] = id
		}
	case spaceSignedHead:
		if len(rest) != 4 || t.ids[replicaNumber(binary.BigEndian.Uint32(rest))] != (crdt.ReplicaID{}) {
			return
		}
		if h, err := crdt.ParseSignedHead(payload); err == nil {
			t.tell(rest, h.Replica())
		}
	case spaceOwn:
		if len(payload) == ownHeadSize && len(rest) == 4 {
			h, _ := cutOwnHead(payload)
			t.tell(rest, h.replica)
		}
	case spaceCollection:
		if h, ok := ownHeadIn(payload); ok {
			t.own[string(coll)] = h
		}
	case spaceFingerprint:
		if len(rest) == 6 {
			t.remember(fingerprints{string(coll), replicaNumber(binary.BigEndian.Uint32(rest))}, key, value)
		}
	}
}

func (t *numbersTold) tell(number []byte, id crdt.ReplicaID) {
	if n := replicaNumber(binary.BigEndian.Uint32(number)); t.ids[n] == (crdt.ReplicaID{}) {
		t.ids[n] = id
	}
}

func (t *numbersTold) remember(of fingerprints, key, value []byte) {
	eachFingerprint(key, value, func(counter uint64, kept []byte) bool {
		if counter > t.slots[of].counter {
			t.slots[of] = lastFingerprint{counter, string(kept)}
		}
		return true
	})
}

// compare tells by what has been seen since the last time the numbers of the incarnations that have written it.
func (t *numbersTold) compare() {
	for of, last := range t.slots {
		h, is := t.own[of.coll]
		if is && h.counter == last.counter && bytes.HasPrefix(h.chain[:], []byte(last.kept)) {
			t.tell(binary.BigEndian.AppendUint32(nil, uint32(of.number)), h.replica)
		}
	}
	t.own, t.slots = map[string]ownHead{}, map[fingerprints]lastFingerprint{}
}

// ownHeadIn is the own head in the state of a collection, whatever else can be read of it.
func ownHeadIn(payload []byte) (h ownHead, ok bool) {
	if len(payload) > 0 && payload[0] != 0 { // the layout: see stateLayout
		payload = payload[1:]
	}
	if len(payload) < stateSize {
		return h, false
	}
	h, _ = cutOwnHead(payload[stateSize-ownHeadSize:])
	return h, h.counter > 0
}

// toldNumbers reads what a store and the transactions behind it tell.
func toldNumbers(r Reader, txs []Transaction) (map[replicaNumber]crdt.ReplicaID, error) {
	t := numbersTold{ids: map[replicaNumber]crdt.ReplicaID{}}
	t.compare()
	for _, space := range []byte{spaceReplica, spaceSignedHead, spaceOwn, spaceCollection, spaceFingerprint} {
		for item, err := range r.Scan(wholeSpace(space)) {
			if err != nil {
				return nil, err
			}
			t.see(item.Key, item.Value)
		}
	}
	t.compare()
	for _, tx := range txs {
		for key, value := range tx {
			if value != nil {
				t.see([]byte(key), value)
			}
		}
		t.compare()
	}
	return t.ids, nil
}

// RestoreNumbers writes the numbers of replicas that a store has lost, which nobody has open as
// Documents, as far as its other records and those of the transactions behind it tell them. Behind
// one that nothing tells they are not written, since the numbers of a store have no gaps; more holds these, to be
// read beside it (see Later).
func RestoreNumbers(s Store, txs []Transaction) (more Transaction, err error) {
	more = Transaction{}
	have := map[replicaNumber]bool{}
	var told map[replicaNumber]crdt.ReplicaID
	err = s.View(func(r Reader) error {
		for item, err := range r.Scan(wholeSpace(spaceReplica)) {
			if err != nil {
				return err
			}
			if _, err := replicaOf(item.Key, item.Value); err == nil && len(item.Key) == 5 {
				have[replicaNumber(binary.BigEndian.Uint32(item.Key[1:]))] = true
			}
		}
		told, err = toldNumbers(r, txs)
		return err
	})
	if err != nil {
		return nil, err
	}
	var back []replicaNumber
	n := replicaNumber(0)
	for ; told[n] != (crdt.ReplicaID{}); n++ {
		if !have[n] {
			back = append(back, n)
		}
	}
	for number, id := range told {
		if number > n && !have[number] {
			more[string(replicaKey(number))] = replicaRecord(number, id)
		}
	}
	for some := range slices.Chunk(back, ForfeitLimit) {
		err := s.Update(func(tx Tx) (err error) {
			for _, n := range some {
				err = errors.Join(err, tx.Set(replicaKey(n), replicaRecord(n, told[n])))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return more, nil
}
