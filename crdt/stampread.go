package crdt

import (
	"cmp"
	"slices"
)

// stampReader gives entries their dots and times back. It accepts only what
// stampWriter writes for the same entries.
type stampReader struct {
	rows short[stampRow]
	runs short[stampRun]
	run  int    // the current run
	done uint64 // entries of it that are stamped
}

// read reads replicas and stamps for a number of entries.
func (s *stampReader) read(r *cborReader, entries int) error {
	major, n, ok := r.head()
	replicas, ok2 := r.take(n)
	const size = uint64(len(ReplicaID{}))
	if !ok || !ok2 || major != majorBytes || n%size != 0 {
		return r.fail("bad replicas")
	}
	if n, ok := r.array(); !ok || n != 2 {
		return r.fail("bad stamps")
	}
	if err := s.readRows(r, replicas); err != nil {
		return err
	}
	return s.readRuns(r, entries)
}

func (s *stampReader) readRows(r *cborReader, replicas string) error {
	n, ok := r.array()
	if !ok || n%2 != 0 {
		return r.fail("bad transactions")
	}
	const size = len(ReplicaID{})
	known := 0
	for range n / 2 {
		index, ok := r.uint()
		time, ok2 := r.uint()
		if !ok || !ok2 || index > uint64(known) || index >= uint64(len(replicas)/size) {
			return r.fail("bad transaction")
		}
		row := stampRow{index: int(index), time: Timestamp(time), next: 1}
		copy(row.replica[:], replicas[int(index)*size:])
		known = max(known, int(index)+1)
		s.rows.add(row)
	}
	if known != len(replicas)/size {
		return r.fail("unused replica")
	}
	return s.checkRows(r, known)
}

// checkRows refuses a transaction or a replica that is listed twice.
func (s *stampReader) checkRows(r *cborReader, replicas int) error {
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
	distinct := 1
	for i := 1; i < len(rows); i++ {
		if rows[i].replica != rows[i-1].replica {
			distinct++
		} else if rows[i].time == rows[i-1].time {
			return r.fail("transaction listed twice")
		}
	}
	if distinct != replicas {
		return r.fail("replica listed twice")
	}
	return nil
}

func (s *stampReader) readRuns(r *cborReader, entries int) error {
	n, ok := r.array()
	if !ok || n%3 != 0 {
		return r.fail("bad runs")
	}
	left, rows := uint64(entries), 0
	for i := range int(n / 3) {
		row, ok := r.uint()
		gap, ok2 := r.int()
		size, ok3 := r.uint()
		switch {
		case !ok || !ok2 || !ok3 || row > uint64(rows) || row >= uint64(s.rows.len) || size == 0 || size > left:
			return r.fail("bad run")
		case i > 0 && gap == 0 && s.runs.at(i-1).row == int(row):
			return r.fail("run cut in two")
		}
		rows = max(rows, int(row)+1)
		left -= size
		s.runs.add(stampRun{int(row), gap, size})
	}
	if left != 0 || rows != s.rows.len {
		return r.fail("runs and entries differ")
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

// entry stamps the next entry in canonical order.
func (s *stampReader) entry(e *entry) {
	run := s.runs.at(s.run)
	row := s.rows.at(run.row)
	if s.done == 0 {
		row.next += uint64(run.gap)
	}
	e.Dot = Dot{row.replica, row.next}
	e.Time = row.time
	row.next++
	if s.done++; s.done == run.len {
		s.run, s.done = s.run+1, 0
	}
}
