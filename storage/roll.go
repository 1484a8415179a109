package storage

import (
	"sync"
	"sync/atomic"

	"github.com/crdtstore/crdtstore/crdt"
)

// roll is the set of the dots that the dot index of a collection has entries of, as a
// state knows it. The index alone cannot tell that an entry of it was lost: a drain would
// leave the document out, and the peer would count a change that it has not got (Law A).
//
// Of the set only a sum is stored, in the state. The dots are read from the index when they are first asked
// for, compared with the sum, and kept in memory from then on, 64 counters in a cell. A collection that
// begins has them from the beginning. A roll is never changed; those that follow
// each other share what they have in common.
type roll struct {
	sum    uint64 // of all dots (see dotSum); if it is not known, of those that came since start, less those that went
	summed bool   // it is known
	seq    uint64 // how many changes there were
	start  *rollStart
	runs   []run // what has changed since start, oldest first
}

// rollStart is what the rolls that follow each other begin with.
type rollStart struct {
	reach   crdt.VersionVector // counts all dots of then, if it is bounded
	bounded bool
	reading sync.Mutex // held while the index is read
	read    atomic.Pointer[rollRead]
}

// rollRead is what was read of the index at one moment.
type rollRead struct {
	cells run    // of all dots
	seq   uint64 // rolls before it have changed since
	rest  uint64 // what a sum that is not known lacks
}

// newRoll is the roll of dots with a sum; all of a collection that begins.
func newRoll(cells run, sum, seq uint64) roll {
	r := roll{sum: sum, summed: true, seq: seq, start: new(rollStart)}
	r.start.read.Store(&rollRead{cells: cells, seq: seq})
	return r
}

// whole is what was read of the index, nil if it was not, or after r.
func (r *roll) whole() *rollRead {
	if r.start == nil {
		return nil
	}
	if w := r.start.read.Load(); w != nil && w.seq <= r.seq {
		return w
	}
	return nil
}

// tells reports whether r knows of which dots of a replica beyond a counter the index should have entries:
// because it was read, or because all of them came since.
func (r *roll) tells(id crdt.ReplicaID, after uint64) bool {
	return r.whole() != nil || r.start != nil && r.start.bounded && r.start.reach.Counter(id) <= after
}

// leastRuns is how many changed cells are kept besides those that were read in any case.
const leastRuns = 1024

// with is the roll after changes, of a collection of so many documents. What was read takes the changes in
// when they are a quarter of it. While nothing was read, no more than that are kept.
func (r roll) with(changes []enrolment, documents uint64) roll {
	w := r.whole()
	if w != nil && !r.summed {
		r.sum, r.summed = r.sum+w.rest, true
	}
	changed := runOf(changes)
	if w != nil {
		for _, c := range changed {
			r.sum += c.added(r.at(c.n, c.block, c.mask))
		}
	} else { // entries come once, and go once
		for _, c := range changes {
			if c.gone {
				r.sum -= dotSum(c.n, c.counter)
			} else {
				r.sum += dotSum(c.n, c.counter)
			}
		}
	}
	r.seq++
	r.runs = stacked(r.runs, changed)
	n := 0
	for _, run := range r.runs {
		n += len(run)
	}
	switch {
	case w != nil && n > max(leastRuns, len(w.cells)/4):
		r = newRoll(together(r.runs).over(w.cells).all(), r.sum, r.seq)
	case w == nil && n > max(leastRuns, int(documents/4)):
		r.start, r.runs = new(rollStart), nil
	}
	return r
}

// has reports whether the index has an entry of a dot; sure is false if it was not read.
func (r *roll) has(n replicaNumber, counter uint64) (has, sure bool) {
	if r.whole() == nil {
		return false, false
	}
	return r.at(n, counter/64, 1<<(counter%64)) != 0, true
}

// at are the bits of the cell of a block that are in mask. The index was read.
func (r *roll) at(n replicaNumber, block, mask uint64) (bits uint64) {
	for i := len(r.runs) - 1; i >= 0 && mask != 0; i-- {
		if at, ok := r.runs[i].find(n, block); ok {
			c := r.runs[i][at]
			bits |= c.bits & mask
			mask &^= c.mask
		}
	}
	if cells := r.whole().cells; mask != 0 {
		if at, ok := cells.find(n, block); ok {
			bits |= cells[at].bits & mask
		}
	}
	return bits
}

// of are the cells of a replica's dots from a counter on, which it tells.
func (r *roll) of(n replicaNumber, from uint64) (cells run) {
	if w := r.whole(); w != nil {
		cells = w.cells.part(n, from)
	}
	for _, run := range r.runs {
		if part := run.part(n, from); len(part) > 0 {
			cells = part.over(cells)
		}
	}
	return cells
}

// dotSum is what a dot adds to the sum of a roll: the finalizer of SplitMix64 (Steele, Lea
// and Flood, 2014), which spreads any change over all bits.
func dotSum(n replicaNumber, counter uint64) uint64 {
	z := counter*0x9e3779b97f4a7c15 + (uint64(n)+1)*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
