package storage

import (
	"sync/atomic"

	"github.com/crdtstore/crdtstore/crdt"
)

// reach bounds what the dot index holds, so that what a peer lacks is looked
// for under the replicas of which it lacks anything, however many others there are.
type reach struct {
	vector  crdt.VersionVector // counts every change that is or was known
	checked *atomic.Bool       // the index was found to hold nothing beyond; shared with all states that were made from the one that was read
}

// beyond lists the replicas under which the index may hold heads that least
// does not count. What the index holds is offered to peers even if, against
// Law G, the state does not count it: so the first time all replicas are looked at.
func (s source) beyond(least crdt.VersionVector) ([]replicaNumber, error) {
	var found []replicaNumber
	if s.reach.checked != nil && s.reach.checked.Load() {
		for id := range s.reach.vector.Beyond(least) {
			if n, ok := s.number(id); ok {
				found = append(found, n)
			}
		}
		return found, nil
	}
	within := true
	for n := range replicaNumber(s.replicas) {
		id, last, err := s.last(n)
		if err != nil {
			return nil, err
		}
		if max(last, s.reach.vector.Counter(id)) > least.Counter(id) { // its last entry may be lost
			found = append(found, n)
		}
		within = within && last <= s.reach.vector.Counter(id)
	}
	if within && s.reach.checked != nil {
		s.reach.checked.Store(true)
	}
	return found, nil
}

// last is the highest counter under which the index has an entry of replica n.
func (s source) last(n replicaNumber) (id crdt.ReplicaID, counter uint64, err error) {
	if id, err = s.id(n); err != nil {
		return id, 0, err
	}
	o := indexRange(s.coll, n, 0)
	o.Reverse, o.KeysOnly = true, true
	for item, err := range s.r.Scan(o) {
		if err != nil {
			return id, 0, err
		}
		_, counter, err = parseIndexKey(s.coll, item.Key)
		return id, counter, err
	}
	return id, 0, nil
}
