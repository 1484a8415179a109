package storage

import "github.com/crdtstore/crdtstore/crdt"

// lacked lists the replicas of which the index may have entries beyond a vector; told reports whether it is known
// which these should be, so that the rest of the index need not be read for that. What the index has, against Law G,
// beyond what its state counts is no bound.
func (s source) lacked(least crdt.VersionVector) (lacking []replicaNumber, told bool, err error) {
	lacking, err = s.beyond(least)
	if err != nil || s.roll == nil || s.roll.whole() != nil || len(lacking) == 0 {
		return lacking, true, err
	}
	if s.reach.checked == nil || !s.reach.checked.Load() {
		return lacking, false, nil
	}
	for _, n := range lacking {
		if id, err := s.id(n); err != nil || !s.roll.tells(id, least.Counter(id)) {
			return lacking, false, err
		}
	}
	return lacking, true, nil
}

// Listable reports whether Candidates can answer without reading all of the dot index first. It does that, unless
// Documents.Enrol has done it, for a peer that lacks changes from before the store was opened; 1,000,000 entries are
// 0.3 s of work. A peer that knows nothing is answered from the records in any case.
func (v *View) Listable(peer crdt.Knowledge, from string) (bool, error) {
	if isFresh(peer, from) || v.sorted.serves(peer, from) {
		return true, nil
	}
	_, told, err := v.source().lacked(leastOf(rangesFrom(peer, from)))
	return told, err
}
