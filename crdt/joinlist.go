package crdt

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// sequence joins the elements of lists and texts. entries are what is alive at
// the node after the join.
func (j *join) sequence(a, b *node, entries []entry) (*sequence, sides) {
	items, same := j.items(a.items(), b.items())
	prose, s := j.text(a, b, entries)
	same.and(s)
	return sequenceOf(items, prose), same
}

// items joins the elements of lists: by their origins, as fields by their names.
// What has neither places nor content is gone.
func (j *join) items(a, b []item) ([]item, sides) {
	same := sides{true, true}
	if len(a) == 0 && len(b) == 0 {
		return nil, same
	}
	var t position.Table
	out := make([]item, 0, max(len(a), len(b)))
	inB, taken := pairs(a, b, &t), make([]bool, len(b))
	add := func(x, y *item, at step) {
		j.steps = append(j.steps, at)
		it, s := j.item(x, y, &t)
		j.steps = j.steps[:len(j.steps)-1]
		same.and(s)
		if len(it.places) > 0 || !it.node.empty() {
			out = append(out, it)
		}
	}
	for i := range a {
		y := &item{}
		if k := inB[i]; k >= 0 {
			y, taken[k] = &b[k], true
		}
		add(&a[i], y, step{items: a, at: i})
	}
	for k := range b {
		if !taken[k] {
			add(&item{}, &b[k], step{items: b, at: k})
		}
	}
	switch {
	case same.left:
		return a, same
	case same.right:
		return b, same
	}
	sortItems(out)
	return out, same
}

// pairs finds, for each element of a, the one of b with the same origin, or -1.
func pairs(a, b []item, t *position.Table) []int {
	inB := make([]int, len(a))
	for i := range a {
		inB[i] = -1
		t.Intern(a[i].origin)
	}
	if len(b) == 0 {
		return inB
	}
	aligned := len(a) == len(b) // as they are if none came, went or moved
	for i := range a {
		aligned = aligned && t.Intern(a[i].origin) == t.Intern(b[i].origin)
		inB[i] = i
	}
	if aligned {
		return inB
	}
	at := make(map[position.Position]int, len(b))
	for k := range b {
		at[t.Intern(b[k].origin)] = k
	}
	for i := range a {
		k, ok := at[t.Intern(a[i].origin)]
		if inB[i] = k; !ok {
			inB[i] = -1
		}
	}
	return inB
}

// item joins one element; a side that lacks it gives the zero item.
func (j *join) item(a, b *item, t *position.Table) (item, sides) {
	out := item{origin: a.origin}
	if a.origin.IsZero() {
		out.origin = t.Intern(b.origin)
	}
	places, same := j.places(a.places, b.places, t)
	n, s := j.node(&a.node, &b.node)
	out.places, out.node = places, n
	same.and(s)
	return out, same
}

// places joins the position registers of an element, by the rule of entries.
func (j *join) places(a, b []place, t *position.Table) ([]place, sides) {
	same := sides{true, true}
	if len(a) == 0 && len(b) == 0 {
		return nil, same
	}
	if samePlaces(a, b, t) { // as they are if nobody moved it
		return a, same
	}
	find := func(in []place, d Dot) int {
		i, ok := slices.BinarySearchFunc(in, d, func(p place, d Dot) int { return p.Dot.Compare(d) })
		if !ok {
			return -1
		}
		return i
	}
	out := make([]place, 0, len(a)+len(b))
	for i := range a {
		p := a[i]
		p.At = t.Intern(p.At)
		switch k := find(b, p.Dot); {
		case k >= 0:
			q := b[k]
			q.At = t.Intern(q.At)
			keep := j.greaterPlace(p, q)
			same.and(sides{keep == p, keep == q})
			out = append(out, keep)
		case j.dropLeft(p.Dot):
			same.left = false
		default:
			out = append(out, p)
			same.right = false
		}
	}
	for i := range b {
		p := b[i]
		switch {
		case find(a, p.Dot) >= 0:
		case j.dropRight(p.Dot):
			same.right = false
		default:
			p.At = t.Intern(p.At)
			out = append(out, p)
			same.left = false
		}
	}
	slices.SortFunc(out, func(a, b place) int { return a.Dot.Compare(b.Dot) })
	return out, same
}

func samePlaces(a, b []place, t *position.Table) bool {
	return slices.EqualFunc(a, b, func(p, q place) bool {
		return p.Dot == q.Dot && p.Time == q.Time && t.Intern(p.At) == t.Intern(q.At)
	})
}
