package crdt

import (
	"cmp"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// itemRank is where an element stands in canonical order, which is the order
// shown: by where it is; of those at one place, which only a forgery makes, by
// origin.
type itemRank struct{ at, origin, item int }

func (k itemRank) compare(o itemRank) int {
	return cmp.Or(cmp.Compare(k.at, o.at), cmp.Compare(k.origin, o.origin))
}

// ranksOf returns the ranks of elements, in their order.
func ranksOf(items []item) []itemRank {
	at := make([]position.Position, len(items))
	for i := range items {
		at[i] = items[i].at()
	}
	ranks, most := make([]itemRank, len(items)), -1
	for i, r := range position.Ranks(at) {
		ranks[i] = itemRank{at: r, item: i}
		most = max(most, r)
	}
	if most+1 < len(items) { // some share a place
		for i := range items {
			at[i] = items[i].origin
		}
		for i, r := range position.Ranks(at) {
			ranks[i].origin = r
		}
	}
	return ranks
}

// sortItems brings elements into canonical order.
func sortItems(items []item) {
	ranks := ranksOf(items)
	if slices.IsSortedFunc(ranks, itemRank.compare) {
		return
	}
	slices.SortFunc(ranks, itemRank.compare)
	unsorted := slices.Clone(items)
	for i, r := range ranks {
		items[i] = unsorted[r.item]
	}
}

// inOrder reports whether elements are in canonical order and none is there
// twice. Their positions must be of one table.
func inOrder(items []item) bool {
	ranks, moved := ranksOf(items), false
	for i := range items {
		if i > 0 && ranks[i-1].compare(ranks[i]) >= 0 {
			return false
		}
		moved = moved || items[i].at() != items[i].origin
	}
	if !moved {
		return true
	}
	seen := make(map[position.Position]bool, len(items))
	for i := range items {
		if seen[items[i].origin] {
			return false
		}
		seen[items[i].origin] = true
	}
	return true
}
