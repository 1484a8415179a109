package crdt

import (
	"fmt"
	"unsafe"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// orderReader gives the elements of lists their places and positions. Lists
// are numbered in canonical order, that of a node before those inside of it;
// elements and places are counted through all lists.
type orderReader struct {
	items  int // elements of all lists
	places int // of all elements
	reader *position.Reader
	lists  []orderedList
	next   int // the next list to stamp
	ids    []position.ID
	slab   []place
}

// orderedList is a list, and which element and which place is its first.
type orderedList struct {
	items       []item
	item, place int
}

// open begins to read the positions of the elements below root: so many places
// are to be stamped.
func (o *orderReader) open(r *cborReader, root *node) error {
	raw, ok := r.bytes()
	if !ok {
		return r.fail("no orders")
	}
	o.find(root)
	sizes, item := make([]int, len(o.lists)), 0
	for i := range o.lists {
		o.lists[i].item = item
		sizes[i] = len(o.lists[i].items)
		item += sizes[i]
	}
	var err error
	if o.reader, err = position.Open(unsafe.Slice(unsafe.StringData(raw), len(raw)), sizes); err != nil {
		return fmt.Errorf("%w: orders: %w", ErrMalformed, err)
	}
	for i := range o.lists {
		l := &o.lists[i]
		l.place = o.places
		for k := range l.items {
			o.places += o.reader.Places(l.item + k)
		}
	}
	o.ids, o.slab = make([]position.ID, o.places), make([]place, o.places)
	return nil
}

// find numbers the lists below n.
func (o *orderReader) find(n *node) {
	for i := range n.fields {
		o.find(&n.fields[i].node)
	}
	items := n.items()
	if len(items) == 0 {
		return
	}
	o.lists = append(o.lists, orderedList{items: items})
	for i := range items {
		o.find(&items[i].node)
	}
}

// stampItems stamps the places of the elements of a list and what is in them.
func (d *decoder) stampItems(items []item) error {
	o := &d.lists
	l := o.lists[o.next]
	o.next++
	at := l.place
	for i := range items {
		it := &items[i]
		end := at + o.reader.Places(l.item+i)
		it.places = o.slab[at:end:end]
		for k := range it.places {
			p := &it.places[k]
			d.stamps.next(&p.Dot, &p.Time)
			if k > 0 && it.places[k-1].Dot.Compare(p.Dot) >= 0 {
				return d.fail("places out of order")
			}
			o.ids[at+k] = position.ID{Replica: p.Dot.Replica, Counter: p.Dot.Counter}
		}
		at = end
		if len(it.places) == 0 && it.node.empty() {
			return d.fail("an element with nothing")
		}
		if err := d.stamp(&it.node); err != nil {
			return err
		}
	}
	return nil
}

// orders reads the positions, once their ids are known, and checks that all
// lists are in the one canonical order.
func (d *decoder) orders() error {
	o := &d.lists
	if o.reader == nil {
		return nil
	}
	numbers := &stampReader{replicas: d.stamps.replicas, known: d.stamps.known} // see stampWriter.orders
	elements, err := o.reader.Elements(o.ids, func(number uint64) ([16]byte, bool) { return numbers.replica(number) })
	if err != nil {
		return fmt.Errorf("%w: orders: %w", ErrMalformed, err)
	}
	d.stamps.known = numbers.known
	for _, l := range o.lists {
		for i := range l.items {
			it, e := &l.items[i], &elements[l.item+i]
			it.origin = e.Origin
			for k := range it.places {
				p := &it.places[k]
				p.At = e.Places[k]
				if p.At.ID() == it.origin.ID() && p.At != it.origin {
					return d.fail("an origin in two places")
				}
			}
		}
		if !inOrder(l.items) {
			return d.fail("elements out of order")
		}
	}
	return nil
}
