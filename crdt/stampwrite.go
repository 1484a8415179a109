package crdt

import (
	"math"

	"github.com/crdtstore/crdtstore/crdt/position"
)

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

func (r *stampRow) of(d *Dot, t Timestamp) bool { return r.time == t && r.replica == d.Replica }

// stampRun is entries that follow each other in canonical order and have
// contiguous counters of one transaction. gap is what the transaction skipped.
type stampRun struct {
	row int
	gap int64
	len uint64
}

// stampWriter gathers the dots and times of entries and places as runs over a
// table of transactions, and the positions of the elements of lists.
// Transactions and replicas are numbered as they first appear. A nil writer
// gathers nothing.
type stampWriter struct {
	replicas short[ReplicaID]
	rows     short[stampRow]
	runs     short[stampRun]
	last     int               // the row used last
	index    map[rowKey]int    // row by transaction, once there are many
	seen     map[ReplicaID]int // number by replica, once there are many
	lists    [][]position.Element
}

type rowKey struct {
	replica ReplicaID
	time    Timestamp
}

const fewRows = 16 // up to here a scan finds a row faster than a map

func (s *stampWriter) stamp(d *Dot, t Timestamp) {
	if s == nil {
		return
	}
	row := s.row(d, t)
	r := s.rows.at(row)
	gap := int64(d.Counter - r.next)
	if n := s.runs.len; n > 0 && gap == 0 && s.runs.at(n-1).row == row {
		s.runs.at(n-1).len++
	} else {
		s.runs.add(stampRun{row, gap, 1})
	}
	r.next = d.Counter + 1
	s.last = row
}

// row finds or adds the transaction of a stamp.
func (s *stampWriter) row(d *Dot, t Timestamp) int {
	n := s.rows.len
	if n > 0 && s.rows.at(s.last).of(d, t) {
		return s.last
	}
	if n <= fewRows {
		for i := range n {
			if s.rows.at(i).of(d, t) {
				return i
			}
		}
	} else if i, ok := s.index[rowKey{d.Replica, t}]; ok {
		return i
	}
	s.rows.add(stampRow{d.Replica, s.replica(d.Replica), t, 1})
	if n >= fewRows {
		s.indexRows()
	}
	return n
}

func (s *stampWriter) indexRows() {
	from := s.rows.len - 1
	if s.index == nil {
		s.index, from = map[rowKey]int{}, 0
	}
	for i := from; i < s.rows.len; i++ {
		r := s.rows.at(i)
		s.index[rowKey{r.replica, r.time}] = i
	}
}

// replica finds or adds the number of a replica.
func (s *stampWriter) replica(r ReplicaID) int {
	n := s.replicas.len
	if n <= fewRows {
		for i := range n {
			if *s.replicas.at(i) == r {
				return i
			}
		}
	} else if i, ok := s.seen[r]; ok {
		return i
	}
	s.replicas.add(r)
	if n >= fewRows {
		if s.seen == nil {
			s.seen = map[ReplicaID]int{}
			for i := range n {
				s.seen[*s.replicas.at(i)] = i
			}
		}
		s.seen[r] = n
	}
	return n
}

// list gathers the positions of the elements of a list.
func (s *stampWriter) list(items []item) {
	if s == nil {
		return
	}
	list := make([]position.Element, len(items))
	places := make([]position.Position, 0, len(items))
	for i := range items {
		list[i].Origin = items[i].origin
		first := len(places)
		for _, p := range items[i].places {
			places = append(places, p.At)
		}
		list[i].Places = places[first:len(places):len(places)]
	}
	s.lists = append(s.lists, list)
}

// orders is the positions of elements; they may add replicas. It works on a
// copy, because a function that keeps the writer would force it to the heap.
func (s *stampWriter) orders() []byte {
	if s.lists == nil {
		return nil
	}
	numbers := &stampWriter{replicas: s.replicas, seen: s.seen}
	b := position.Append(nil, s.lists, func(r [16]byte) int { return numbers.replica(r) })
	s.replicas = numbers.replicas
	return b
}

// append writes the replicas, 16 bytes each, and the stamps: one flat array of
// transactions (replica, time) and one of runs (transaction, gap, length); then
// the positions of elements, if there are any.
func (s *stampWriter) append(b []byte) []byte {
	orders := s.orders()
	b = appendHead(b, majorBytes, uint64(s.replicas.len*len(ReplicaID{})))
	for i := range s.replicas.len {
		b = append(b, s.replicas.at(i)[:]...)
	}
	b = appendHead(b, majorArray, 2)
	b = appendHead(b, majorArray, uint64(2*s.rows.len))
	for i := range s.rows.len {
		b = appendHead(b, majorUint, uint64(s.rows.at(i).index))
		b = appendHead(b, majorUint, uint64(s.rows.at(i).time))
	}
	b = appendHead(b, majorArray, uint64(3*s.runs.len))
	for i := range s.runs.len {
		run := s.runs.at(i)
		b = appendHead(b, majorUint, uint64(run.row))
		b = appendInt(b, run.gap)
		b = appendHead(b, majorUint, run.len)
	}
	if orders != nil {
		b = append(appendHead(b, majorBytes, uint64(len(orders))), orders...)
	}
	return b
}
