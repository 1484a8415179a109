package position

import "encoding/binary"

// Append appends the positions of the elements of all lists of a document, in
// the order in which they are there. The ids of places are not written: the
// reader is told them. number gives the number of a replica (a new one if it
// has none) and is called in the order of the bytes.
func Append(dst []byte, lists [][]Element, number func(replica [16]byte) int) []byte {
	dst = appendShapes(dst, lists)
	for _, elements := range lists {
		var t Table
		w := writer{bytes: dst, number: number}
		for i := range elements {
			for _, p := range elements[i].Places {
				w.add(p, true)
			}
		}
		for i := range elements {
			if e := &elements[i]; e.originPlace(&t) < 0 {
				w.add(e.Origin, false)
			}
		}
		w.end()
		dst = w.bytes
	}
	return dst
}

// originPlace is the index of the place that is the origin, or -1.
func (e *Element) originPlace(t *Table) int {
	for i, p := range e.Places {
		if p == e.Origin || p.ID() == e.Origin.ID() && t.Intern(p) == t.Intern(e.Origin) {
			return i
		}
	}
	return -1
}

func appendShapes(dst []byte, lists [][]Element) []byte {
	var shapes []byte
	count, before := uint64(0), uint64(0)
	for _, elements := range lists {
		var t Table
		for i := range elements {
			e := &elements[i]
			origin := e.originPlace(&t)
			if origin == 0 && len(e.Places) == 1 {
				before++
				continue
			}
			shapes = binary.AppendUvarint(shapes, before)
			for i := range e.Places {
				if i == origin {
					shapes = append(shapes, markOrigin)
				} else {
					shapes = append(shapes, markPlace)
				}
			}
			shapes = append(shapes, markEnd)
			count, before = count+1, 0
		}
	}
	return append(binary.AppendUvarint(dst, count), shapes...)
}

// writer writes the positions of one list.
type writer struct {
	bytes    []byte
	number   func(replica [16]byte) int
	table    Table
	counters map[[16]byte]uint64 // of each replica's last run

	// the group at hand
	run  int // the one used or defined last
	back bool
	len  int    // how many are in it; none only at the beginning
	tail []byte // values of origins
}

// add writes a position, told if the reader knows its id.
func (w *writer) add(p Position, told bool) {
	known := len(w.table.runs)
	run, back := w.table.add(p.run), p.value < 0
	if w.len == 0 || run != w.run || back != w.back {
		w.end()
		w.begin(run, back, known, told && p.value == 0)
	}
	w.len++
	if !told {
		w.tail = binary.AppendUvarint(w.tail, p.run.offset(p.value))
	}
}

// begin writes the head of a group after the runs from known on, which are new.
func (w *writer) begin(run int, back bool, known int, first bool) {
	first = first && run >= known
	for i := known; i < len(w.table.runs); i++ {
		w.define(i, first && i == run)
	}
	switch {
	case first:
	case back:
		w.op(opBack, w.to(run))
	default:
		w.op(opAhead, w.to(run))
	}
	w.run, w.back = run, back
}

// to says which run is meant: how far it is from the last one.
func (w *writer) to(run int) uint64 {
	d := int64(w.run - run)
	return uint64(d<<1) ^ uint64(d>>63)
}

// end writes how many are in the group at hand.
func (w *writer) end() {
	if w.len > 0 {
		w.bytes = binary.AppendUvarint(w.bytes, uint64(w.len))
		w.bytes = append(w.bytes, w.tail...)
		w.tail, w.len = w.tail[:0], 0
	}
}

func (w *writer) op(op, argument uint64) {
	w.bytes = binary.AppendUvarint(w.bytes, argument*ops+op)
}

// define writes a run of the table.
func (w *writer) define(i int, first bool) {
	r, op, argument := w.table.runs[i], uint64(opRun), uint64(0)
	if first {
		op = opFirst
	}
	if up := r.parent.run; up == nil {
		w.op(op, 0)
	} else {
		if argument = 2 * (w.to(w.table.add(up)) + 1); r.side == left {
			argument++
		}
		w.op(op, argument)
		value := 2 * up.offset(r.parent.value)
		if r.parent.value < 0 {
			value--
		}
		w.bytes = binary.AppendUvarint(w.bytes, value)
	}
	if !first {
		w.bytes = binary.AppendUvarint(w.bytes, uint64(w.number(r.id.Replica)))
		w.bytes = binary.AppendVarint(w.bytes, int64(r.id.Counter-w.counters[r.id.Replica]))
	}
	w.run = i
	if w.counters == nil {
		w.counters = map[[16]byte]uint64{}
	}
	w.counters[r.id.Replica] = r.id.Counter
}
