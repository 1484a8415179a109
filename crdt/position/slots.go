package position

import "hash/maphash"

// slots is a hash table of the runs of a table by their content: index and
// one, or 0. There may be millions of runs in what a peer sent, and a map of
// them would take ten times the memory.
type slots []int32

var seed = maphash.MakeSeed()

// find returns the slot of a run like r, or the free one for it.
func (s slots) find(runs []*run, r *run) *int32 {
	type content struct {
		id     ID
		parent Position
		side   side
	}
	mask := uint64(len(s) - 1)
	for at := maphash.Comparable(seed, content{r.id, r.parent, r.side}) & mask; ; at = (at + 1) & mask {
		if s[at] == 0 {
			return &s[at]
		}
		if o := runs[s[at]-1]; o.id == r.id && o.parent == r.parent && o.side == r.side {
			return &s[at]
		}
	}
}

// grow makes room for more runs.
func (s *slots) grow(runs []*run) {
	if 3*len(runs) < 2*len(*s) {
		return
	}
	*s = make(slots, max(8, 2*len(*s)))
	for i, r := range runs {
		*s.find(runs, r) = int32(i) + 1
	}
}
