package crdt

import (
	"strconv"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// alignList makes a list what p says: elements that are there stay the same
// elements and are written as any other value is, those that stand elsewhere
// are moved, others removed and inserted.
func (e *edit) alignList(n *node, p *plain) (node, error) {
	if len(p.items) > MaxElements {
		e.made = len(p.items)
		return *n, nil // run refuses it
	}
	before := e.w.taken
	items := e.items(n)
	a := e.align(items, p.items)
	for i := range items {
		if !a.taken[i] {
			e.w.Dot()
		}
	}
	stays := a.stays()
	out := make([]*item, len(p.items))
	var last position.Position
	next := 0
	for i := range out {
		next = max(next, i)
		for next < len(out) && !stays[next] {
			next++
		}
		var err error
		if a.source[i] < 0 {
			e.made++
			it := e.element(last, a.at(next), &p.items[i])
			out[i] = &it
		} else if out[i], err = e.carry(a, i, stays[i], last, next); err != nil {
			return node{}, err
		}
		last = out[i].at()
	}
	if e.w.taken == before {
		return *n, nil
	}
	changed := *n
	e.open(&changed).items = out
	return e.keepList(changed), nil
}

// at is where the element of the i-th value is now, or the end of the list.
func (a *alignment) at(i int) position.Position {
	if i >= len(a.source) {
		return position.Position{}
	}
	return a.items[a.source[i]].at()
}

// carry writes the i-th value over its element, and moves it if it does not
// stay. after is where the value before it is, next the next value whose
// element stays.
func (e *edit) carry(a *alignment, i int, stays bool, after position.Position, next int) (*item, error) {
	it := *a.items[a.source[i]]
	before := e.w.taken
	if !stays {
		it.places = []place{e.between(after, a.at(next))}
	}
	e.path = append(e.path, strconv.Itoa(i))
	value, err := e.put(&it.node, &a.wanted[i])
	if err != nil {
		return nil, err
	}
	e.path = e.path[:len(e.path)-1]
	if e.w.taken == before {
		return a.items[a.source[i]], nil
	}
	it.node = value
	return &it, nil
}
