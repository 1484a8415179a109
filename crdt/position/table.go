package position

// Table keeps each run once. The zero value is empty.
type Table struct {
	runs  []*run       // each once, parents first, in the order of first use
	known map[*run]int // index of every run that was asked for, whosever copy it is
	same  map[run]int  // index by content; parents are runs of the table
	last  *run         // asked for last
	index int          // of it
}

// Intern returns p as the table keeps it: positions from one table are == if
// and only if Compare says that they are the same.
func (t *Table) Intern(p Position) Position {
	if p.run == nil {
		return p
	}
	return Position{t.runs[t.add(p.run)], p.value}
}

// add returns the index of a run; the first time it and those above it that
// are new are added. Together that takes time linear in the runs.
func (t *Table) add(r *run) int {
	if r == t.last {
		return t.index
	}
	t.last, t.index = r, t.find(r)
	return t.index
}

func (t *Table) find(r *run) int {
	if len(t.runs) == 0 && r.depth == 0 { // one run needs no maps
		t.runs = []*run{r}
		return 0
	}
	if t.known == nil {
		t.known, t.same = map[*run]int{}, map[run]int{}
		for i, r := range t.runs {
			t.known[r], t.same[*r] = i, i
		}
	}
	var path []*run // of those not known, from the lowest up
	for at := r; at != nil; at = at.parent.run {
		if _, ok := t.known[at]; ok {
			break
		}
		path = append(path, at)
	}
	for i := len(path) - 1; i >= 0; i-- {
		t.known[path[i]] = t.share(path[i])
	}
	return t.known[r]
}

// share returns the index of a run whose parent is known.
func (t *Table) share(r *run) int {
	shared := *r
	if up := r.parent.run; up != nil {
		shared.parent.run = t.runs[t.known[up]]
	}
	if i, ok := t.same[shared]; ok {
		return i
	}
	if shared != *r {
		r = &shared
	}
	t.runs = append(t.runs, r)
	t.same[shared] = len(t.runs) - 1
	return len(t.runs) - 1
}
