package storage

import (
	"errors"
	"slices"
)

// ErrUnread is returned by Merge where a document has no record, and it is not known yet whether it should have one: the dot
// index of a large collection was not read since the store was opened. The Update must fail then. Documents.Enrol reads
// the index, beside all writers; after it the same frame can be merged.
var ErrUnread = errors.New("the dot index was not read yet")

// mostAtOnce is how many entries an index has at most that a transaction reads, if nobody has read it since
// the store was opened: 15 ms or so, once.
const mostAtOnce = 20_000

// readAtOnce reads the index of a small collection in a transaction: what it shares with those before it, and with those who
// read the index beside. It fails with ErrUnread if the index is a large one.
func (b *Batch) readAtOnce(coll string, s *state) error {
	if s.live > mostAtOnce || s.recorded.isLarge() {
		return ErrUnread
	}
	cells, sum, hashes, err := source{r: b.tx, coll: coll}.readNames(mostAtOnce)
	if err != nil {
		s.recorded.setLarge(errors.Is(err, ErrUnread))
		return err
	}
	for _, c := range b.recordings { // what b has dropped may stay, if b fails
		if c.gone && c.coll == coll {
			hashes = append(hashes, c.hash)
		}
	}
	s.recorded.fill(hashes, s.recordings)
	if e := b.enrolled[coll]; e != nil {
		cells, sum = cells.before(*e, sum)
	}
	s.roll.took(cells, sum)
	return nil
}

// before are the cells, and their sum, that there were before changes.
func (r run) before(changes []enrolment, sum uint64) (run, uint64) {
	undone := slices.Clone(changes)
	slices.Reverse(undone)
	for i := range undone {
		undone[i].gone = !undone[i].gone
	}
	were := runOf(undone)
	for _, c := range were {
		bits := uint64(0)
		if at, ok := r.find(c.n, c.block); ok {
			bits = r[at].bits
		}
		sum += c.added(bits & c.mask)
	}
	return were.over(r).all(), sum
}

// took takes what was read of the index in the state of r, if it is what should be there and nobody else is reading.
func (r *roll) took(cells run, sum uint64) {
	if r.whole() != nil || !r.summed || r.sum != sum || !r.start.reading.TryLock() {
		return
	}
	defer r.start.reading.Unlock()
	r.start.read.CompareAndSwap(nil, &rollRead{cells: cells, seq: r.seq})
}

func (k *recordedKeys) isLarge() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.large
}

func (k *recordedKeys) setLarge(large bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.large = large
}
