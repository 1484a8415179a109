package crdt

import "iter"

// Counters are entries of a vector, for making one; those of zero are none.
type Counters map[ReplicaID]uint64

// Vector is the vector of these entries.
func (c Counters) Vector() VersionVector {
	v := VersionVector{}
	for r, n := range c {
		v.Set(r, n)
	}
	return v
}

// Counter is how far v has seen r; zero if it has seen nothing of it.
func (v VersionVector) Counter(r ReplicaID) uint64 { return v[r] }

// Len is the number of replicas of which v has seen anything.
func (v VersionVector) Len() int { return len(v) }

// All visits the entries in order of replicas.
func (v VersionVector) All() iter.Seq2[ReplicaID, uint64] { return v.Differences(nil) }

// Least returns the greatest vector that both cover.
func (v VersionVector) Least(o VersionVector) VersionVector {
	out := VersionVector{}
	for r, n := range v {
		out.Set(r, min(n, o[r]))
	}
	return out
}

// Set makes the entry of r n, also a lower one; zero takes it away.
func (v VersionVector) Set(r ReplicaID, n uint64) {
	if v[r] = n; n == 0 {
		delete(v, r)
	}
}

// Differences visits, in order of replicas, the entries of v that are not those
// of o; where only o has one the counter is zero.
func (v VersionVector) Differences(o VersionVector) iter.Seq2[ReplicaID, uint64] {
	return func(yield func(ReplicaID, uint64) bool) {
		for _, r := range v.Merge(o).Replicas() {
			if v[r] != o[r] && !yield(r, v[r]) {
				return
			}
		}
	}
}

// Beyond visits, in order of replicas, the entries of v that are higher than
// those of o.
func (v VersionVector) Beyond(o VersionVector) iter.Seq2[ReplicaID, uint64] {
	return func(yield func(ReplicaID, uint64) bool) {
		for _, r := range v.Replicas() {
			if v[r] > o[r] && !yield(r, v[r]) {
				return
			}
		}
	}
}
