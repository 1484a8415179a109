package storage

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"github.com/crdtstore/crdtstore/crdt"
)

// readIndex reads the dots of all entries, and their sum.
func (s source) readIndex() (cells run, sum uint64, err error) {
	return s.scanIndex(math.MaxInt, nil)
}

// readNames is readIndex and reads hashes of the keys that entries name, in no order. It fails with
// ErrUnread if there are more entries than most.
func (s source) readNames(most int) (cells run, sum uint64, hashes []uint64, err error) {
	hashes = make([]uint64, 0, min(s.documents, 1<<24))
	cells, sum, err = s.scanIndex(most, func(entry []byte) { hashes = appendHashes(hashes, entry) })
	return cells, sum, hashes, err
}

// scanIndex is readIndex that shows each entry to fn, unless that is nil.
func (s source) scanIndex(most int, fn func(entry []byte)) (cells run, sum uint64, err error) {
	o := ScanOptions{Start: inCollection(spaceIndex, s.coll, 0), End: afterCollection(spaceIndex, s.coll), KeysOnly: fn == nil}
	for item, err := range s.r.Scan(o) {
		if err != nil {
			return nil, 0, err
		}
		n, counter, err := parseIndexKey(s.coll, item.Key)
		if err != nil {
			return nil, 0, err
		}
		if most--; most < 0 {
			return nil, 0, ErrUnread
		}
		sum += dotSum(n, counter)
		cells = cells.append(n, counter)
		if fn != nil {
			fn(item.Value)
		}
	}
	return cells, sum, nil
}

// append adds a dot that comes behind all that r has.
func (r run) append(n replicaNumber, counter uint64) run {
	if last := len(r) - 1; last < 0 || r[last].n != n || r[last].block != counter/64 {
		r = append(r, cell{n: n, block: counter / 64, mask: ^uint64(0)})
	}
	r[len(r)-1].bits |= 1 << (counter % 64)
	return r
}

// read reports whether the index was read since the store was opened: which dots it has, and which keys it names.
func (s source) read() bool {
	return s.roll == nil || s.roll.whole() != nil && (s.recorded == nil || s.recorded.filled())
}

// enrol reads the whole index, unless that was done, and fails with *DamagedError unless it has
// the entries that were written. Where their sum is not known, in a store that an earlier
// version has written, index and records must name the same.
func (s source) enrol() error {
	if s.read() {
		return nil
	}
	start := s.roll.start
	start.reading.Lock()
	defer start.reading.Unlock()
	if s.read() {
		return nil
	}
	cells, sum, hashes, err := s.readNames(math.MaxInt)
	if err != nil {
		return err
	}
	s.recorded.fill(hashes, s.recordings)
	whole := s.roll.whole() != nil
	if !s.roll.summed && whole {
		return nil
	}
	if !s.roll.summed {
		err = s.compare("")
	} else if sum != s.roll.sum {
		err = s.otherEntries()
	}
	if err != nil || whole {
		return err
	}
	if start.read.Load() != nil { // later ones have begun with it
		s.roll.start = new(rollStart)
		s.roll.runs = nil
	}
	s.roll.start.read.Store(&rollRead{cells, s.roll.seq, sum - s.roll.sum})
	return nil
}

// otherEntries is the error for an index whose entries do not make the sum.
func (s source) otherEntries() error {
	return &DamagedError{Collection: s.coll, What: "the index has other entries than were written"}
}

// missed fails with *DamagedError unless found are the dots of replica n, beyond a counter, of which
// the index had entries.
func (s source) missed(n replicaNumber, id crdt.ReplicaID, after uint64, found run) error {
	if s.roll == nil || after == ^uint64(0) {
		return nil
	}
	first := after + 1
	for _, c := range s.roll.of(n, first) {
		want := c.bits
		if c.block == first/64 {
			want &= ^uint64(0) << (first % 64)
		}
		got := uint64(0)
		if len(found) > 0 && found[0].block == c.block {
			got, found = found[0].bits, found[1:]
		} else if len(found) > 0 && found[0].block < c.block {
			break // told below
		}
		if got != want {
			dot := crdt.Dot{Replica: id, Counter: c.block*64 + uint64(bits.TrailingZeros64(got^want))}
			return &DamagedError{Collection: s.coll, What: fmt.Sprintf("the entry of %s in the index is lost, or one that was dropped is there again", dot)}
		}
	}
	if len(found) > 0 {
		dot := crdt.Dot{Replica: id, Counter: found[0].block*64 + uint64(bits.TrailingZeros64(found[0].bits))}
		return &DamagedError{Collection: s.coll, What: fmt.Sprintf("the entry of %s, which was dropped, is in the index again", dot)}
	}
	return nil
}

// enrol notes, of what is written under key, which entries of an index come or go.
func (b *Batch) enrol(key []byte, gone bool) {
	at := len(key) - 13 // the end of the collection
	if key[0] != spaceIndex || at < 1 {
		return
	}
	n, counter := replicaNumber(binary.BigEndian.Uint32(key[at+1:])), binary.BigEndian.Uint64(key[at+5:])
	e := b.enrolled[string(key[1:at])]
	if e == nil {
		e = new([]enrolment)
		b.enrolled[string(key[1:at])] = e
	}
	*e = append(*e, enrolment{n, counter, gone})
}

// finishRolls brings the rolls up to what was written.
func (b *Batch) finishRolls() {
	for coll, e := range b.enrolled {
		s := b.state(coll)
		s.roll = s.roll.with(*e, s.live)
	}
	clear(b.enrolled)
}

// enrolAnew takes the index for what it should be, but for the entries of records that can be read, which are
// missed: so an index of which a part was lost is not taken for whole (Law A).
func (b *Batch) enrolAnew(coll string) error {
	cells, sum, hashes, err := source{r: b.tx, coll: coll}.readNames(math.MaxInt)
	if err != nil {
		return err
	}
	return b.enrolAs(coll, cells, sum, hashes)
}

// enrolAs is enrolAnew of an index that was read.
func (b *Batch) enrolAs(coll string, cells run, sum uint64, hashes []uint64) error {
	delete(b.enrolled, coll)
	s := b.state(coll)
	s.roll = newRoll(cells, sum, s.roll.seq+1)
	if s.record == nil || !s.recorded.filled() {
		s.recorded, s.recordings, s.torn = &recordedKeys{read: true, keys: keySetOf(hashes)}, 0, false
	} else {
		s.torn = true // others may have been lost with their entries, and nobody has given them up
	}
	delete(b.indexed, coll)
	for item, err := range b.tx.Scan(documentRange(coll, "", "")) {
		if err != nil {
			return err
		}
		rec, err := recordOf(coll, documentKeyOf(coll, item.Key), item.Key, item.Value, b.replicaID)
		if err != nil {
			continue // damage, which is told by itself
		}
		for _, h := range rec.Heads {
			n, ok := b.known(h.Replica)
			if has, _ := s.roll.has(n, h.Counter); ok && !has {
				b.enrol(indexKey(coll, n, h.Counter), false)
			}
		}
	}
	return nil
}

// enrolLeft is enrolAnew after documents were given up, unless the index has the entries that were written, less those that
// b has dropped. Where their sum is not known nothing is missed yet.
func (b *Batch) enrolLeft(coll string) error {
	var changes []enrolment
	if e := b.enrolled[coll]; e != nil {
		changes = *e
	}
	s := b.look(coll)
	left := s.roll.with(changes, s.live)
	if !left.summed {
		return nil
	}
	cells, sum, hashes, err := source{r: b.tx, coll: coll}.readNames(math.MaxInt)
	if err != nil || sum == left.sum {
		return err
	}
	return b.enrolAs(coll, cells, sum, hashes)
}

// enrols reports whether the index should have an entry of a dot; sure is false if that is not known.
func (b *Batch) enrols(coll string, n replicaNumber, counter uint64) (has, sure bool) {
	r := b.look(coll).roll
	if has, sure = r.has(n, counter); has || !sure {
		return has, sure
	}
	if e := b.enrolled[coll]; e != nil {
		for i := len(*e) - 1; i >= 0; i-- {
			if c := (*e)[i]; c.n == n && c.counter == counter {
				return !c.gone, true
			}
		}
	}
	return false, true
}

// Enrol makes sure that the dot index of a collection has the entries that were written, and from
// then on remembers in memory which these are: about half a byte for each, where counters lie close together,
// at most 32. It reads the index once for each opening of a store, and fails with *DamagedError.
func (d *Documents) Enrol(coll string) error {
	v, err := d.View(coll)
	if err != nil {
		return err
	}
	defer v.Close()
	return v.source().enrol()
}

// dropped reports whether an entry of a dot was dropped, as far as the roll was read.
func (c *checker) dropped(dot crdt.Dot) bool {
	s := c.source()
	n, ok := s.number(dot.Replica)
	if !ok || s.roll == nil {
		return false
	}
	has, sure := s.roll.has(n, dot.Counter)
	return sure && !has
}

// sum compares the index, if all of it is checked, with what is known of it. What was found
// before says it better.
func (c *checker) sum() error {
	s := c.source()
	if c.told || s.roll == nil || !s.roll.summed || len(c.keys) != 1 || c.keys[0].From != "" || c.keys[0].To != "" {
		return nil
	}
	_, sum, err := s.readIndex()
	if err == nil && sum != s.roll.sum {
		err = c.find("", ProblemIndex, "the index has other entries than were written")
	}
	return err
}
