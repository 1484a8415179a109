package position

import (
	"cmp"
	"slices"
)

// Ranks returns the rank of each position in the order of all: 0 for the first,
// equal ranks for equal positions and none left out. It takes time linear in
// the positions and the runs above them, and sorts within each run.
func Ranks(at []Position) []int {
	if ranks, ok := ascending(at); ok {
		return ranks
	}
	var t Table
	steps := make([]inRun, 0, len(at))
	for i, p := range at {
		if p.run == nil {
			steps = append(steps, inRun{top, step{}, i})
			continue
		}
		steps = append(steps, inRun{t.add(p.run), step{value: p.value}, i})
	}
	for i, r := range t.runs {
		in := top
		if r.parent.run != nil {
			in = t.add(r.parent.run)
		}
		steps = append(steps, inRun{in, step{r.parent.value, r.side, r}, i})
	}
	slices.SortFunc(steps, func(a, b inRun) int {
		if c := cmp.Compare(a.run, b.run); c != 0 {
			return c
		}
		id := ID{}
		if a.run != top {
			id = t.runs[a.run].id
		}
		return compareSteps(a.step, b.step, id)
	})
	return traverse(steps, len(t.runs), len(at))
}

// top stands for the list itself, as the index of a run.
const top = -1

// inRun is a step in a run of a table.
type inRun struct {
	run int
	step
	index int // of the position, or of the run that hangs there
}

// ascending returns the ranks of positions of one run that are in order, which
// is what most lists are.
func ascending(at []Position) ([]int, bool) {
	ranks := make([]int, len(at))
	for i := 1; i < len(at); i++ {
		if at[i].run != at[0].run || at[i].value <= at[i-1].value {
			return nil, false
		}
		ranks[i] = i
	}
	return ranks, true
}

// traverse walks in order through steps that are sorted by run.
func traverse(steps []inRun, runs, positions int) []int {
	next := make([]int, runs+1) // of each run; of the list itself first
	for i := len(steps) - 1; i >= 0; i-- {
		next[steps[i].run+1] = i
	}
	ranks := make([]int, positions)
	rank, last, path := -1, inRun{run: top - 1}, []int{top}
	for len(path) > 0 {
		in := path[len(path)-1]
		i := next[in+1]
		if i == len(steps) || steps[i].run != in {
			path = path[:len(path)-1]
			continue
		}
		next[in+1]++
		s := steps[i]
		if s.below != nil {
			path = append(path, s.index)
			continue
		}
		if s.run != last.run || s.step != last.step {
			rank, last = rank+1, s
		}
		ranks[s.index] = rank
	}
	return ranks
}
