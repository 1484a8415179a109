package crdt

import (
	"cmp"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/diff"
)

// alignment says which element of a list each value is that is written over
// the list.
type alignment struct {
	edit   *edit
	items  []*item
	wanted []plain
	source []int  // for each value the element that it is, or -1
	taken  []bool // for each element whether it is one of the values
}

// align finds the elements: those that are equal, in order, by their longest
// common subsequence (or one about as long, if that takes too long to find).
// Of what remains between these, objects that name themselves by an equal "id",
// "_id" or "key" are the same, and so are values that are equal, wherever they
// stand; last, containers of one kind that stand in the same gap, in order,
// unless their names differ. Any other value is a new element.
func (e *edit) align(items []*item, wanted []plain) *alignment {
	a := &alignment{e, items, wanted, make([]int, len(wanted)), make([]bool, len(items))}
	c := classes{edit: e, numbers: map[string]int32{"": 0}} // so that no class is 0
	old, fresh := c.ofItems(items), c.ofPlain(wanted)
	hunks := diff.Compare(old, fresh, diff.Work)
	at, from := 0, 0
	for _, h := range append(hunks, diff.Hunk{At: len(items), From: len(wanted)}) {
		for ; at < h.At; at, from = at+1, from+1 {
			a.pair(at, from)
		}
		for i := range h.Inserted {
			a.source[h.From+i] = -1
		}
		at, from = h.At+h.Deleted, h.From+h.Inserted
	}
	a.pairNamed(hunks)
	a.pairEqual(hunks, old, fresh)
	for _, h := range hunks {
		a.pairAlike(h)
	}
	return a
}

func (a *alignment) pair(item, value int) {
	a.source[value], a.taken[item] = item, true
}

// pairNamed pairs objects that have the same name.
func (a *alignment) pairNamed(hunks []diff.Hunk) {
	pairBy(a, hunks,
		func(i int) string { return a.edit.nameOf(&a.items[i].node) },
		func(i int) string { return a.wanted[i].named() })
}

// pairEqual pairs elements and values of equal class.
func (a *alignment) pairEqual(hunks []diff.Hunk, old, fresh []int32) {
	pairBy(a, hunks, func(i int) int32 { return old[i] }, func(i int) int32 { return fresh[i] })
}

// pairBy pairs what is left in hunks and has equal keys, in order; the zero key
// is none.
func pairBy[K comparable](a *alignment, hunks []diff.Hunk, old, fresh func(int) K) {
	var none K
	free := map[K][]int{}
	for _, h := range hunks {
		for i := h.At; i < h.At+h.Deleted; i++ {
			if a.taken[i] {
				continue
			}
			if k := old(i); k != none {
				free[k] = append(free[k], i)
			}
		}
	}
	if len(free) == 0 {
		return
	}
	for _, h := range hunks {
		for i := h.From; i < h.From+h.Inserted; i++ {
			if a.source[i] >= 0 {
				continue
			}
			if k := fresh(i); k != none && len(free[k]) > 0 {
				a.pair(free[k][0], i)
				free[k] = free[k][1:]
			}
		}
	}
}

// pairAlike pairs the values of one hunk with elements whose kind they keep.
func (a *alignment) pairAlike(h diff.Hunk) {
	var free [KindText + 1][]int // by kind; of objects with names, under 0
	for i := h.At; i < h.At+h.Deleted; i++ {
		if a.taken[i] {
			continue
		}
		n := &a.items[i].node
		switch g, ok := a.edit.shown(n); {
		case !ok || g.kind == KindRegister && g.entries[0].Value.isScalar():
		case g.kind == KindMap && a.edit.nameOf(n) != "":
			free[0] = append(free[0], i)
		default:
			free[g.kind] = append(free[g.kind], i)
		}
	}
	for i := h.From; i < h.From+h.Inserted; i++ {
		if a.source[i] >= 0 {
			continue
		}
		var first *[]int
		for k := range free {
			if len(free[k]) > 0 && a.wanted[i].alike(Kind(k)) && (first == nil || free[k][0] < (*first)[0]) {
				first = &free[k]
			}
		}
		if first != nil {
			a.pair((*first)[0], i)
			*first = (*first)[1:]
		}
	}
}

// alike reports whether p can be a new state of an element of this kind; 0 is
// an object that has a name.
func (p *plain) alike(k Kind) bool {
	switch k {
	case 0:
		return p.form == formObject && p.named() == ""
	case KindRegister:
		return !p.typed && (p.form == formList || p.form == formObject)
	}
	return p.keeps(k)
}

// stays reports for each value whether its element stays where it is: as many
// as possible do, the longest ascending subsequence of the sources.
func (a *alignment) stays() []bool {
	var ends []int // the value at which the best subsequence of each length ends
	before := make([]int, len(a.source))
	for i, s := range a.source {
		if s < 0 {
			continue
		}
		k, _ := slices.BinarySearchFunc(ends, s, func(end, s int) int { return cmp.Compare(a.source[end], s) })
		if before[i] = -1; k > 0 {
			before[i] = ends[k-1]
		}
		if k == len(ends) {
			ends = append(ends, i)
		}
		ends[k] = i
	}
	stays := make([]bool, len(a.source))
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = before[i] {
			stays[i] = true
		}
	}
	return stays
}
