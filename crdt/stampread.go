package crdt

import (
	"cmp"
	"slices"
)

// stampReader gives entries and places their dots and times back. It accepts
// only what stampWriter writes for the same.
type stampReader struct {
	rows     short[stampRow]
	runs     short[stampRun]
	run      int    // the current run
	done     uint64 // stamps of it that are used
	count    uint64 // of stamps
	replicas string
	known    int // replicas that have been used so far
}

// read reads replicas and stamps.
func (s *stampReader) read(r *cborReader) error {
	major, n, ok := r.head()
	replicas, ok2 := r.take(n)
	const size = uint64(len(ReplicaID{}))
	if !ok || !ok2 || major != majorBytes || n%size != 0 {
		return r.fail("bad replicas")
	}
	if n, ok := r.array(); !ok || n != 2 {
		return r.fail("bad stamps")
	}
	s.replicas = replicas
	if err := s.readRows(r); err != nil {
		return err
	}
	return s.readRuns(r)
}

func (s *stampReader) readRows(r *cborReader) error {
	n, ok := r.array()
	if !ok || n%2 != 0 {
		return r.fail("bad transactions")
	}
	for range n / 2 {
		index, ok := r.uint()
		time, ok2 := r.uint()
		if !ok || !ok2 {
			return r.fail("bad transaction")
		}
		replica, ok := s.replica(index)
		if !ok {
			return r.fail("bad transaction")
		}
		s.rows.add(stampRow{replica: replica, index: int(index), time: Timestamp(time), next: 1})
	}
	return s.checkRows(r)
}

// replica returns the replica with a number, which must be one that was used
// before, or the next.
func (s *stampReader) replica(number uint64) (r ReplicaID, ok bool) {
	if number > uint64(s.known) || number >= uint64(len(s.replicas)/len(r)) {
		return r, false
	}
	copy(r[:], s.replicas[int(number)*len(r):])
	s.known = max(s.known, int(number)+1)
	return r, true
}

// checkReplicas refuses a replica that is not used, or listed twice.
func (s *stampReader) checkReplicas(r *cborReader) error {
	n := len(s.replicas) / len(ReplicaID{})
	if s.known != n {
		return r.fail("unused replica")
	}
	if n < 2 {
		return nil
	}
	all := make([]ReplicaID, n)
	for i := range all {
		copy(all[i][:], s.replicas[i*len(all[i]):])
	}
	slices.SortFunc(all, ReplicaID.Compare)
	if len(slices.Compact(all)) != n {
		return r.fail("replica listed twice")
	}
	return nil
}

// checkRows refuses a transaction that is listed twice.
func (s *stampReader) checkRows(r *cborReader) error {
	if s.rows.len < 2 {
		return nil
	}
	rows := s.rows.appendTo(nil)
	slices.SortFunc(rows, func(a, b stampRow) int {
		if c := a.replica.Compare(b.replica); c != 0 {
			return c
		}
		return cmp.Compare(a.time, b.time)
	})
	for i := 1; i < len(rows); i++ {
		if rows[i].replica == rows[i-1].replica && rows[i].time == rows[i-1].time {
			return r.fail("transaction listed twice")
		}
	}
	return nil
}

func (s *stampReader) readRuns(r *cborReader) error {
	n, ok := r.array()
	if !ok || n%3 != 0 {
		return r.fail("bad runs")
	}
	rows := 0
	for i := range int(n / 3) {
		row, ok := r.uint()
		gap, ok2 := r.int()
		size, ok3 := r.uint()
		switch {
		case !ok || !ok2 || !ok3 || row > uint64(rows) || row >= uint64(s.rows.len) || size == 0 || size > MaxMerged:
			return r.fail("bad run")
		case i > 0 && gap == 0 && s.runs.at(i-1).row == int(row):
			return r.fail("run cut in two")
		}
		rows = max(rows, int(row)+1)
		s.count += size
		s.runs.add(stampRun{int(row), gap, size})
	}
	if rows != s.rows.len {
		return r.fail("unused transaction")
	}
	return s.checkRuns(r)
}

// interval is the counters [first, end) of a replica.
type interval struct {
	replica    int
	first, end uint64
}

// checkRuns refuses counters out of bounds and dots that are there twice.
func (s *stampReader) checkRuns(r *cborReader) error {
	var buf [8]interval
	used := buf[:0]
	for i := range s.runs.len {
		run := s.runs.at(i)
		row := s.rows.at(run.row)
		first := row.next + uint64(run.gap) // both below 2^63: a sum out of bounds shows as such
		if first == 0 || first > maxCounter || run.len > maxCounter-first {
			return r.fail("counter out of bounds")
		}
		row.next = first + run.len
		used = append(used, interval{row.index, first, row.next})
	}
	for i := range s.rows.len {
		s.rows.at(i).next = 1
	}
	if len(used) < 2 {
		return nil
	}
	slices.SortFunc(used, func(a, b interval) int {
		if c := cmp.Compare(a.replica, b.replica); c != 0 {
			return c
		}
		return cmp.Compare(a.first, b.first)
	})
	for i := 1; i < len(used); i++ {
		if used[i].replica == used[i-1].replica && used[i].first < used[i-1].end {
			return r.fail("dot used twice")
		}
	}
	return nil
}

// next gives the next stamp in canonical order.
func (s *stampReader) next(d *Dot, t *Timestamp) {
	run := s.runs.at(s.run)
	row := s.rows.at(run.row)
	if s.done == 0 {
		row.next += uint64(run.gap)
	}
	d.Replica, d.Counter, *t = row.replica, row.next, row.time
	row.next++
	if s.done++; s.done == run.len {
		s.run, s.done = s.run+1, 0
	}
}
