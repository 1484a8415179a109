package crdt

import (
	"errors"
	"math"
	"math/bits"
)

// ErrOverflow is returned when an increment would carry a replica's own part
// of a counter beyond int64.
var ErrOverflow = errors.New("counter overflow")

// sum adds up counter entries without wrapping, in 128 bits.
type sum struct {
	hi int64
	lo uint64
}

func (s sum) add(i int64) sum {
	lo, carry := bits.Add64(s.lo, uint64(i), 0)
	hi, _ := bits.Add64(uint64(s.hi), uint64(i>>63), carry)
	return sum{int64(hi), lo}
}

func (s sum) sub(o sum) sum {
	lo, borrow := bits.Sub64(s.lo, o.lo, 0)
	hi, _ := bits.Sub64(uint64(s.hi), uint64(o.hi), borrow)
	return sum{int64(hi), lo}
}

// int64 is the sum, clamped to the range of int64; exact is false if it had to be.
func (s sum) int64() (i int64, exact bool) {
	switch {
	case s.hi == int64(s.lo)>>63:
		return int64(s.lo), true
	case s.hi < 0:
		return math.MinInt64, false
	}
	return math.MaxInt64, false
}

// createCounter makes a counter that counts i.
func (e *edit) createCounter(i int64) node {
	n := node{entries: []entry{e.w.entry(KindCounter, valueNull)}}
	if i != 0 {
		n.entries = append(n.entries, e.w.entry(KindCounter, intValue(i)))
	}
	return n
}

// total is what a counter with these entries counts.
func total(entries []entry) (s sum) {
	for i := range entries {
		n, _ := entries[i].Value.integer() // 0 of a presence
		s = s.add(n)
	}
	return s
}

// increment returns the entries of a counter after w's replica added by: its
// own entry is replaced, under a new dot, by its new running sum. If known says
// that an own entry is alive no more, this is an edit of an earlier version:
// the entry has a successor, which counts, and is left alone.
func increment(entries []entry, w *Writer, by sum, known func(Dot) bool) ([]entry, error) {
	own := by
	others := make([]entry, 0, len(entries)+1)
	for _, e := range entries {
		if e.Value == valueNull || e.Dot.Replica != w.Replica || known != nil && !known(e.Dot) {
			others = append(others, e)
			continue
		}
		n, _ := e.Value.integer()
		own = own.add(n)
	}
	n, exact := own.int64()
	if !exact {
		return nil, ErrOverflow
	}
	return append(others, w.entry(KindCounter, intValue(n))), nil
}
