package position

// Table keeps each run once. The zero value is empty; a Table is not copied
// once it is used.
type Table struct {
	runs  []*run // each once, parents first, in the order of first use
	last  *run   // asked for last
	index int    // of it
	known known  // of all that were asked for; empty while there is one run
	slots slots  // of runs; none while there is one
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
	if r != t.last {
		t.last, t.index = r, t.find(r)
	}
	return t.index
}

func (t *Table) find(r *run) int {
	if len(t.runs) == 0 && r.depth == 0 {
		t.runs = append(t.runs, r)
		return 0
	}
	t.begin()
	var path []*run // of those not known, from the lowest up
	for at := r; at != nil && t.known.index(at) < 0; at = at.parent.run {
		path = append(path, at)
	}
	for i := len(path) - 1; i >= 0; i-- {
		t.known.add(path[i], t.share(path[i]))
	}
	return t.known.index(r)
}

// begin makes the table one of several runs.
func (t *Table) begin() {
	if len(t.slots) > 0 {
		return
	}
	t.slots.grow(t.runs)
	t.known.own = &mark{}
	for i, r := range t.runs {
		t.known.add(r, i)
	}
}

// share returns the index of a run whose parent is known.
func (t *Table) share(r *run) int {
	parent := r.parent
	if parent.run != nil {
		parent.run = t.runs[t.known.index(parent.run)]
	}
	if parent != r.parent {
		return t.make(run{id: r.id, parent: parent, side: r.side, depth: r.depth})
	}
	at := t.slots.find(t.runs, r)
	if *at == 0 {
		t.runs = append(t.runs, r)
		*at = int32(len(t.runs))
	}
	i := int(*at) - 1
	t.slots.grow(t.runs)
	return i
}

// make returns the index of the run that is like r, whose parent is of this
// table.
func (t *Table) make(r run) int {
	if len(t.runs) == 0 && r.depth == 0 {
		t.runs = append(t.runs, &r)
		return 0
	}
	t.begin()
	at := t.slots.find(t.runs, &r)
	if *at > 0 {
		return int(*at) - 1
	}
	r.home, r.index = t.known.own, int32(len(t.runs))
	t.runs = append(t.runs, &r)
	*at = int32(len(t.runs))
	t.slots.grow(t.runs)
	return len(t.runs) - 1
}
