package storage

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"
)

// enrolment is an entry of the dot index that a transaction adds or drops.
type enrolment struct {
	n       replicaNumber
	counter uint64
	gone    bool
}

// cell says of 64 counters of a replica which have an entry: of those in mask.
type cell struct {
	n     replicaNumber
	block uint64 // counters from 64 × it on
	mask  uint64
	bits  uint64 // of mask
}

// run is cells in order of replica numbers and counters.
type run []cell

func orderCells(a, b cell) int {
	if a.n != b.n {
		return cmp.Compare(a.n, b.n)
	}
	return cmp.Compare(a.block, b.block)
}

// runOf is what changes, one after the other, come to.
func runOf(changes []enrolment) run {
	cells := make(run, len(changes))
	for i, c := range changes {
		bit := uint64(1) << (c.counter % 64)
		cells[i] = cell{n: c.n, block: c.counter / 64, mask: bit, bits: bit}
		if c.gone {
			cells[i].bits = 0
		}
	}
	slices.SortStableFunc(cells, orderCells)
	out := cells[:0]
	for _, c := range cells {
		if last := len(out) - 1; last >= 0 && orderCells(out[last], c) == 0 {
			out[last] = c.over(out[last])
		} else {
			out = append(out, c)
		}
	}
	return out
}

// over is what a cell comes to that says c later.
func (c cell) over(older cell) cell {
	c.bits |= older.bits &^ c.mask
	c.mask |= older.mask
	return c
}

// over is what cells come to that say r later.
func (r run) over(older run) run {
	out := make(run, 0, len(r)+len(older))
	for len(r) > 0 && len(older) > 0 {
		switch order := orderCells(r[0], older[0]); {
		case order < 0:
			out, r = append(out, r[0]), r[1:]
		case order > 0:
			out, older = append(out, older[0]), older[1:]
		default:
			out, r, older = append(out, r[0].over(older[0])), r[1:], older[1:]
		}
	}
	return append(append(out, r...), older...)
}

// all are the cells of all dots, if what r does not say is not there.
func (r run) all() run {
	r = slices.DeleteFunc(r, func(c cell) bool { return c.bits == 0 })
	for i := range r {
		r[i].mask = ^uint64(0)
	}
	return slices.Clip(r)
}

// stacked puts a run on others, and makes one of those that are about as long: so there are few,
// and each cell is copied as often as they double.
func stacked(runs []run, top run) []run {
	n := len(runs)
	for n > 0 && len(runs[n-1]) <= 2*len(top) {
		n--
		top = top.over(runs[n])
	}
	return append(runs[:n:n], top)
}

// together is what runs come to, oldest first, of which the later ones are short.
func together(runs []run) (all run) {
	for _, older := range slices.Backward(runs) {
		all = all.over(older)
	}
	return all
}

func (r run) find(n replicaNumber, block uint64) (int, bool) {
	at := sort.Search(len(r), func(i int) bool { return r[i].n > n || r[i].n == n && r[i].block >= block })
	return at, at < len(r) && r[at].n == n && r[at].block == block
}

// added is by how much the sum of a roll changes where a cell had other bits.
func (c cell) added(was uint64) (sum uint64) {
	for other := (c.bits ^ was) & c.mask; other != 0; other &= other - 1 {
		counter := c.block*64 + uint64(bits.TrailingZeros64(other))
		if c.bits&(other&-other) != 0 {
			sum += dotSum(c.n, counter)
		} else {
			sum -= dotSum(c.n, counter)
		}
	}
	return sum
}

// part are the cells of a replica from the one that has a counter on.
func (r run) part(n replicaNumber, from uint64) run {
	first, _ := r.find(n, from/64)
	r = r[first:]
	if n == ^replicaNumber(0) {
		return r
	}
	end, _ := r.find(n+1, 0)
	return r[:end:end]
}
