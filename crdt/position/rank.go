package position

import "slices"

// Ranks returns the rank of each position in the order of all: 0 for the first,
// equal ranks for equal positions and none left out. It takes time linear in
// the positions and the runs above them, and sorts within each run.
func Ranks(at []Position) []int {
	if ranks, ok := ascending(at); ok {
		return ranks
	}
	var t Table
	for _, p := range at {
		if p.run != nil {
			t.add(p.run)
		}
	}
	o := newOrder(&t, at)
	for in := range len(t.runs) + 1 {
		id := ID{}
		if in > 0 {
			id = t.runs[in-1].id
		}
		slices.SortFunc(o.steps[o.first[in]:o.first[in+1]], func(a, b inRun) int { return compareSteps(a.step, b.step, id) })
	}
	return o.ranks(len(at))
}

// ascending returns the ranks of positions of one run that are in order, which
// is what most lists are.
func ascending(at []Position) ([]int, bool) {
	for i := 1; i < len(at); i++ {
		if at[i].run != at[0].run || at[i].value <= at[i-1].value {
			return nil, false
		}
	}
	ranks := make([]int, len(at))
	for i := range ranks {
		ranks[i] = i
	}
	return ranks, true
}

// order is positions and the runs above them, run by run. The list itself
// counts as run 0, and the table's runs from 1 on.
type order struct {
	steps []inRun
	first []int // where the steps of each run begin; and the end
}

// inRun is a step in a run.
type inRun struct {
	step
	index int // of the position, or number of the run that hangs there
}

func newOrder(t *Table, at []Position) *order {
	o := &order{steps: make([]inRun, len(at)+len(t.runs)), first: make([]int, len(t.runs)+3)}
	in := make([]int32, len(o.steps)) // number of the run of each step
	number := func(r *run) int32 {
		if r == nil {
			return 0
		}
		return int32(t.add(r)) + 1
	}
	for i, p := range at {
		in[i] = number(p.run)
	}
	for i, r := range t.runs {
		in[len(at)+i] = number(r.parent.run)
	}
	next := o.first[1:] // of run i while it fills up: its beginning first, its end at last
	for _, run := range in {
		next[run+1]++
	}
	for run := 1; run < len(next); run++ {
		next[run] += next[run-1]
	}
	put := func(i int, s inRun) {
		o.steps[next[in[i]]] = s
		next[in[i]]++
	}
	for i, p := range at {
		put(i, inRun{step{value: p.value}, i})
	}
	for i, r := range t.runs {
		put(len(at)+i, inRun{step{r.parent.value, r.side, r}, i + 1})
	}
	return o
}

// ranks walks in order through the sorted steps.
func (o *order) ranks(positions int) []int {
	ranks, rank := make([]int, positions), -1
	next := slices.Clone(o.first)
	path, last := []int{0}, -1 // the step of the last position
	for len(path) > 0 {
		run := path[len(path)-1]
		i := next[run]
		if i == o.first[run+1] {
			path = path[:len(path)-1]
			continue
		}
		next[run]++
		s := &o.steps[i]
		if s.below != nil {
			path = append(path, s.index)
			continue
		}
		if last < o.first[run] || last >= o.first[run+1] || o.steps[last].step != s.step {
			rank++
		}
		last = i
		ranks[s.index] = rank
	}
	return ranks
}
