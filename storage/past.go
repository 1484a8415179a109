package storage

import (
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

const metaBoot = "boot"

// Past is what a store tells of itself before anything is written to it: who
// opens it compares that with what is noted elsewhere (Law F).
type Past struct {
	// Boot is the Opening.Boot under which the store was opened last; zero if it
	// never was under one.
	Boot [16]byte
	// Current is the incarnation that wrote last; zero in an empty store.
	Current crdt.ReplicaID
	// Unclean says that the store was not closed.
	Unclean bool
	// HighWater is the latest timestamp that was written or marked.
	HighWater crdt.Timestamp

	reader Reader
	docs   *Documents
}

// Documents is how many documents of a collection exist.
func (p Past) Documents(coll string) uint64 {
	if s := p.docs.states[coll]; s != nil {
		return s.live
	}
	return 0
}

// Counted is how far the store knows that own incarnation r has counted in a
// collection; 0 is not at all.
func (p Past) Counted(coll string, r crdt.ReplicaID) (uint64, error) {
	s := p.docs.states[coll]
	if s == nil {
		return 0, nil
	}
	if s.own.replica == r {
		return s.own.counter, nil
	}
	n, ok := p.docs.table.Load().numbers[r]
	if !ok {
		return 0, nil
	}
	h, err := loadOwnHead(p.reader, coll, s, r, n)
	return h.counter, err
}

// past reads what the store tells of itself; d is loaded. A note of the last
// boot that is damaged counts as none.
func (d *Documents) past(r Reader, stop byte) (Past, error) {
	p := Past{Current: d.own.current, Unclean: stop != stoppedClean, HighWater: d.HighWater(), reader: r, docs: d}
	b, err := getSealed(r, metaKey(metaBoot), "", "the last boot")
	switch {
	case errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged):
		return p, nil
	case err != nil:
		return p, err
	}
	copy(p.Boot[:], b)
	return p, nil
}

// Own is how far the current incarnation has counted in each collection that
// it has written into.
func (d *Documents) Own() (current crdt.ReplicaID, counted map[string]uint64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	counted = map[string]uint64{}
	for coll, s := range d.states {
		if s.own.replica == d.own.current && s.own.counter > 0 {
			counted[coll] = s.own.counter
		}
	}
	return d.own.current, counted
}

// IsOwn reports whether a replica is an incarnation of this store.
func (d *Documents) IsOwn(r crdt.ReplicaID) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Contains(d.own.replicas, r)
}

// Incarnations is how many incarnations this store has had, with the one in use.
func (d *Documents) Incarnations() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.own.replicas)
}

// Live is how many documents exist in each collection.
func (d *Documents) Live() map[string]uint64 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	live := make(map[string]uint64, len(d.states))
	for coll, s := range d.states {
		live[coll] = s.live
	}
	return live
}
