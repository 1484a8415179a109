package position

// mark tells which table a run was made for, without keeping the table.
type mark struct{ _ byte }

// known finds the index in a table of a run, whosever copy it is. Runs that
// were made for a table bear their index there, so that copies are found
// without a map.
type known struct {
	own    *mark             // of the runs that were made for this table
	others map[*mark][]int32 // index and one, by the index in the table of that mark
	loose  map[*run]int      // of runs that were made for no table
}

// index returns the index of r, or -1.
func (k *known) index(r *run) int {
	switch r.home {
	case nil:
		if i, ok := k.loose[r]; ok {
			return i
		}
		return -1
	case k.own:
		return int(r.index)
	}
	if others := k.others[r.home]; int(r.index) < len(others) {
		return int(others[r.index]) - 1
	}
	return -1
}

func (k *known) add(r *run, i int) {
	switch r.home {
	case nil:
		if k.loose == nil {
			k.loose = map[*run]int{}
		}
		k.loose[r] = i
	case k.own:
	default:
		if k.others == nil {
			k.others = map[*mark][]int32{}
		}
		others := k.others[r.home]
		if n := int(r.index) + 1 - len(others); n > 0 {
			others = append(others, make([]int32, n)...)
			k.others[r.home] = others
		}
		others[r.index] = int32(i) + 1
	}
}
