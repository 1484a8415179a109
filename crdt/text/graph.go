package text

import "slices"

// rows is the events from lo to hi, exclusive.
type rows struct{ lo, hi int32 }

// side says from which of two versions a row is reached.
type side uint8

const (
	onlyA side = 1
	onlyB side = 2
	both       = onlyA | onlyB
)

type visit struct {
	row  int32
	side side
}

func laterVisit(a, b visit) bool { return a.row > b.row }

// diff compares the versions with heads a and b: the events that only a has
// among its ancestors, and those that only b has, descending. It also counts
// the steps it took.
func (c *columns) diff(a, b []int32) (left, right []rows, steps int) {
	if len(a) == 1 && len(b) == 1 && a[0] == b[0] {
		return nil, nil, 1
	}
	queue := heap[visit]{items: make([]visit, 0, 8), before: laterVisit}
	open := 0 // visits in the queue that are not of both sides
	add := func(row int32, s side) {
		steps++
		queue.push(visit{row, s})
		if s != both {
			open++
		}
	}
	for _, v := range a {
		add(v, onlyA)
	}
	for _, v := range b {
		add(v, onlyB)
	}
	take := func() visit {
		v := queue.pop()
		if v.side != both {
			open--
		}
		return v
	}
	for open > 0 {
		v := take()
		for len(queue.items) > 0 && queue.items[0].row == v.row {
			v.side |= take().side
		}
		x := &c.chains[c.chainAt(v.row)]
		lo, inside := x.at, false
		if len(queue.items) > 0 && queue.items[0].row >= x.at {
			lo, inside = queue.items[0].row+1, true
		}
		switch v.side {
		case onlyA:
			left = append(left, rows{lo, v.row + 1})
		case onlyB:
			right = append(right, rows{lo, v.row + 1})
		}
		if inside {
			add(lo-1, v.side)
			continue
		}
		for _, p := range x.parents {
			add(p, v.side)
		}
	}
	return left, right, steps
}

// joined returns the heads after an event with these parents has been added as
// row v; heads is sorted and may be changed.
func joined(heads, parents []int32, v int32) []int32 {
	if len(heads) == 1 && len(parents) == 1 && heads[0] == parents[0] {
		heads[0] = v
		return heads
	}
	for _, p := range parents {
		if i, found := slices.BinarySearch(heads, p); found {
			heads = slices.Delete(heads, i, i+1)
		}
	}
	return append(heads, v)
}

// lows returns, for each chain from number first on, the smallest parent of
// all later chains: rows up to it may still be forked from, so it is the last
// that can be critical.
func (c *columns) lows(first int) []int32 {
	lows := make([]int32, len(c.chains)-first)
	low := c.n
	for k := len(lows) - 1; k >= 0; k-- {
		lows[k] = low
		low = min(low, c.chains[first+k].lowest())
	}
	return lows
}

// critical finds the last critical version at or before row v: the event that
// has all rows before it as ancestors, and all rows after it as descendants.
// It is -1, the empty text, if there is no such event.
func (c *columns) critical(v int32) int32 {
	low := c.n
	for k := len(c.chains) - 1; k >= 0; k-- {
		x := &c.chains[k]
		if cut := min(low, x.last(), v); x.single && cut >= x.at {
			return cut
		}
		if low = min(low, x.lowest()); low < 0 {
			break
		}
	}
	return -1
}
