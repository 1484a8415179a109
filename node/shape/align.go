package shape

import (
	"encoding/json"

	"github.com/crdtstore/crdtstore/crdt/diff"
)

// overlayList makes the elements of a list. Each element of now is found in was
// as far as can be: what is equal, then in each place that differs objects in
// turn, then equal ones from elsewhere, which is the rule by which a list that
// is put finds its elements again; then objects of the same name. So an element
// keeps what the type has no name for, and one that is new gets nothing of
// another.
func (s *Shape) overlayList(raw, was, now []any) any {
	from := align(was, now)
	out := make([]any, len(now))
	for j, i := range from {
		if i < 0 {
			out[j] = now[j]
		} else {
			out[j] = s.overlay(raw[i], was[i], now[j])
		}
	}
	return out
}

// align tells for each element of now which one of was it is; -1 is none.
func align(was, now []any) []int {
	symbols := map[string]int32{}
	a, b := symbolsOf(was, symbols), symbolsOf(now, symbols)
	from := make([]int, len(now))
	free := map[int32][]int{} // symbol → elements of was that are nobody's yet
	i, j := 0, 0
	equalTo := func(end int) {
		for ; j < end; i, j = i+1, j+1 {
			from[j] = i
		}
	}
	for _, h := range diff.Compare(a, b, diff.Work) {
		equalTo(h.From)
		removed := was[h.At : h.At+h.Deleted]
		pairs := pair(removed, now[h.From:h.From+h.Inserted])
		taken := make([]bool, len(removed))
		for k, p := range pairs {
			if from[h.From+k] = -1; p >= 0 {
				from[h.From+k] = h.At + p
				taken[p] = true
			}
		}
		for k := range removed {
			if !taken[k] {
				free[a[h.At+k]] = append(free[a[h.At+k]], h.At+k)
			}
		}
		i, j = h.At+h.Deleted, h.From+h.Inserted
	}
	equalTo(len(now))
	for j := range from {
		if left := free[b[j]]; from[j] < 0 && len(left) > 0 {
			from[j], free[b[j]] = left[0], left[1:]
		}
	}
	byName(was, now, free, from)
	return from
}

// byName finds what was moved and edited at once: objects that name themselves
// by a name that nobody else of was had.
func byName(was, now []any, free map[int32][]int, from []int) {
	named := map[any]int{}
	for _, left := range free {
		for _, i := range left {
			if name, ok := nameOf(was[i]); ok {
				if _, twice := named[name]; twice {
					i = -1
				}
				named[name] = i
			}
		}
	}
	for j := range from {
		if name, ok := nameOf(now[j]); ok && from[j] < 0 {
			if i, ok := named[name]; ok {
				from[j], named[name] = i, -1
			}
		}
	}
}

// names are the fields by which objects name themselves.
var names = []string{"id", "_id", "key"}

// nameOf is the field by which an object names itself, and what is in it.
func nameOf(v any) (name [2]any, ok bool) {
	o, _ := v.(map[string]any)
	for _, field := range names {
		switch x := o[field].(type) {
		case string, bool, json.Number:
			return [2]any{field, x}, true
		}
	}
	return name, false
}

// ahead is how many removed objects are looked at for one that is inserted.
const ahead = 64

// pair finds, in order, the objects of removed that objects of inserted are
// edits of; -1 is none.
func pair(removed, inserted []any) []int {
	pairs := make([]int, len(inserted))
	next := 0
	for j := range inserted {
		pairs[j] = -1
		for i := next; i < min(next+ahead, len(removed)); i++ {
			if sameElement(removed[i], inserted[j]) {
				pairs[j], next = i, i+1
				break
			}
		}
	}
	return pairs
}

// sameElement reports whether one may be an edit of the other: both are
// objects, and if they name themselves, by the same name.
func sameElement(a, b any) bool {
	x, ok := a.(map[string]any)
	y, ok2 := b.(map[string]any)
	if !ok || !ok2 {
		return false
	}
	for _, name := range names {
		v, ok := x[name]
		w, ok2 := y[name]
		if ok && ok2 {
			return equal(v, w)
		}
	}
	return true
}

// symbolsOf numbers elements so that equal ones have equal numbers.
func symbolsOf(all []any, symbols map[string]int32) []int32 {
	out := make([]int32, len(all))
	for i := range all {
		b, err := print(all[i])
		if err != nil {
			panic("shape: a tree does not print: " + err.Error()) // cannot happen: it was made here
		}
		n, ok := symbols[string(b)]
		if !ok {
			n = int32(len(symbols))
			symbols[string(b)] = n
		}
		out[i] = n
	}
	return out
}
