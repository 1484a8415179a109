package crdt

import "math"

// maxCounter is the greatest counter that the canonical bytes can hold.
const maxCounter = math.MaxInt64

// stampRow is one transaction of a document. next is the counter that follows
// the last entry of it so far.
type stampRow struct {
	replica ReplicaID
	index   int // of replica
	time    Timestamp
	next    uint64
}

// stampRun is entries that follow each other in canonical order and have
// contiguous counters of one transaction. gap is what the transaction skipped.
type stampRun struct {
	row int
	gap int64
	len uint64
}

// stampWriter gathers the dots and times of entries as runs over a table of
// transactions; transactions and replicas are numbered as they first appear.
// A nil writer gathers nothing.
type stampWriter struct {
	replicas []ReplicaID
	rows     []stampRow
	runs     []stampRun
	last     int
	index    map[rowKey]int // row by transaction, once there are many
	seen     map[ReplicaID]int

	replicaBuf [4]ReplicaID
	rowBuf     [4]stampRow
	runBuf     [8]stampRun
}

type rowKey struct {
	replica ReplicaID
	time    Timestamp
}

const fewRows = 16 // up to here a scan finds a row faster than a map

func (s *stampWriter) init() {
	s.replicas, s.rows, s.runs = s.replicaBuf[:0], s.rowBuf[:0], s.runBuf[:0]
}

func (s *stampWriter) entry(e *entry) {
	if s == nil {
		return
	}
	row := s.row(e)
	r := &s.rows[row]
	gap := int64(e.Dot.Counter - r.next)
	if n := len(s.runs); n > 0 && gap == 0 && s.runs[n-1].row == row {
		s.runs[n-1].len++
	} else {
		s.runs = append(s.runs, stampRun{row, gap, 1})
	}
	r.next = e.Dot.Counter + 1
	s.last = row
}

// row finds or adds the transaction of e.
func (s *stampWriter) row(e *entry) int {
	is := func(i int) bool { return s.rows[i].time == e.Time && s.rows[i].replica == e.Dot.Replica }
	n := len(s.rows)
	if n > 0 && is(s.last) {
		return s.last
	}
	if n <= fewRows {
		for i := range s.rows {
			if is(i) {
				return i
			}
		}
	} else if i, ok := s.index[rowKey{e.Dot.Replica, e.Time}]; ok {
		return i
	}
	s.rows = append(s.rows, stampRow{e.Dot.Replica, s.replica(e.Dot.Replica), e.Time, 1})
	if n >= fewRows {
		s.indexRows()
	}
	return n
}

func (s *stampWriter) indexRows() {
	from := len(s.rows) - 1
	if s.index == nil {
		s.index, from = map[rowKey]int{}, 0
	}
	for i := from; i < len(s.rows); i++ {
		s.index[rowKey{s.rows[i].replica, s.rows[i].time}] = i
	}
}

// replica finds or adds the number of a replica.
func (s *stampWriter) replica(r ReplicaID) int {
	if len(s.replicas) <= fewRows {
		for i := range s.replicas {
			if s.replicas[i] == r {
				return i
			}
		}
	} else if i, ok := s.seen[r]; ok {
		return i
	}
	s.replicas = append(s.replicas, r)
	if len(s.replicas) > fewRows {
		if s.seen == nil {
			s.seen = map[ReplicaID]int{}
			for i, old := range s.replicas {
				s.seen[old] = i
			}
		}
		s.seen[r] = len(s.replicas) - 1
	}
	return len(s.replicas) - 1
}

// append writes the replicas, 16 bytes each, and the stamps: one flat array of
// transactions (replica, time) and one of runs (transaction, gap, length).
func (s *stampWriter) append(b []byte) []byte {
	b = appendHead(b, majorBytes, uint64(len(s.replicas)*len(ReplicaID{})))
	for i := range s.replicas {
		b = append(b, s.replicas[i][:]...)
	}
	b = appendHead(b, majorArray, 2)
	b = appendHead(b, majorArray, uint64(2*len(s.rows)))
	for i := range s.rows {
		b = appendHead(b, majorUint, uint64(s.rows[i].index))
		b = appendHead(b, majorUint, uint64(s.rows[i].time))
	}
	b = appendHead(b, majorArray, uint64(3*len(s.runs)))
	for _, run := range s.runs {
		b = appendHead(b, majorUint, uint64(run.row))
		b = appendInt(b, run.gap)
		b = appendHead(b, majorUint, run.len)
	}
	return b
}
