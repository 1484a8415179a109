package crdt

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// at is where the i-th element of the draft stands, or an end of the list.
func (d *draft) at(i int) position.Position {
	if i < 0 || i >= len(d.items) {
		return position.Position{}
	}
	return d.items[i].at()
}

// between returns the place with the next dot between two others.
func (e *edit) between(before, after position.Position) place {
	dot := e.w.Dot()
	return place{dot, e.w.Time, position.Between(before, after, position.ID{Replica: dot.Replica, Counter: dot.Counter})}
}

// element makes a new element between two others.
func (e *edit) element(before, after position.Position, p *plain) item {
	at := e.between(before, after)
	return item{origin: at.At, places: []place{at}, node: e.create(p)}
}

// createList makes a list that was none.
func (e *edit) createList(p *plain) node {
	n := node{entries: []entry{e.w.entry(KindList, valueNull)}}
	e.made += len(p.items)
	if len(p.items) == 0 || e.made > MaxElements {
		return n
	}
	items := make([]item, len(p.items))
	var last position.Position
	for i := range items {
		items[i] = e.element(last, position.Position{}, &p.items[i])
		last = items[i].origin
	}
	n.seq = sequenceOf(items, nil)
	return n
}

// insert puts p before the i-th element of the list at n.
func (e *edit) insert(n *node, i int, p *plain) (node, error) {
	if have := len(e.items(n)); i < 0 || i > have {
		return node{}, e.fail(fmt.Errorf("%w: %d of %d elements", ErrPosition, i, have))
	}
	out := *n
	d := e.open(&out)
	e.made++
	it := e.element(d.at(i-1), d.at(i), p)
	d.items = slices.Insert(d.items, i, &it)
	return out, nil
}

// delete removes count elements from the i-th on; each takes a dot.
func (e *edit) delete(n *node, i, count int) (node, error) {
	if have := len(e.items(n)); i < 0 || count < 0 || i > have || count > have-i {
		return node{}, e.fail(fmt.Errorf("%w: %d and %d more of %d elements", ErrPosition, i, count, have))
	}
	if count == 0 {
		return *n, nil
	}
	out := *n
	d := e.open(&out)
	d.items = slices.Delete(d.items, i, i+count)
	e.w.Take(count)
	return e.keepList(out), nil
}

// move puts the element at from where it has index to. It stays the same
// element: what others do to it at the same time happens at its new place.
func (e *edit) move(n *node, from, to int) (node, error) {
	for _, i := range []int{from, to} {
		if have := len(e.items(n)); i < 0 || i >= have {
			return node{}, e.fail(fmt.Errorf("%w: %d of %d elements", ErrPosition, i, have))
		}
	}
	if from == to {
		return *n, nil
	}
	out := *n
	d := e.open(&out)
	it := *d.items[from]
	d.items = slices.Delete(d.items, from, from+1)
	it.places = []place{e.between(d.at(to-1), d.at(to))}
	d.items = slices.Insert(d.items, to, &it)
	return out, nil
}

// replace puts another value in the place of the i-th element; an empty one
// removes the element.
func (e *edit) replace(n *node, i int, value node) node {
	out := *n
	d := e.open(&out)
	if value.empty() {
		d.items = slices.Delete(d.items, i, i+1)
		return e.keepList(out)
	}
	old := d.items[i]
	d.items[i] = &item{origin: old.origin, places: old.places, node: value}
	return out
}

// keepList says that a list exists if nothing in it does any more, as keepMap
// does for a map.
func (e *edit) keepList(n node) node {
	d := e.reading(n.seq)
	if len(d.items) == 0 && !d.hasText() {
		n.seq = nil
	}
	return e.keep(n, KindList, len(d.items) > 0)
}

// index reads a token of a pointer as the index of one of have elements.
func (e *edit) index(list Pointer, token string, have int) (int, error) {
	i, err := strconv.Atoi(token)
	if err == nil && strconv.Itoa(i) == token && i >= 0 && i < have {
		return i, nil
	}
	e.path = append(list[:len(list):len(list)], token)
	if err != nil || strconv.Itoa(i) != token {
		return 0, e.fail(fmt.Errorf("%w: %q is no index of a list", ErrPointer, token))
	}
	return 0, e.fail(fmt.Errorf("%w: %d of %d elements", ErrPosition, i, have))
}
