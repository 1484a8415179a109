package position_test

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/position"
	"pgregory.net/rapid"
)

// world is replicas that insert, remove and hear of each other, with the tree
// of all that they did.
type world struct {
	tree     *tree
	at       map[position.ID]position.Position
	removed  []map[position.ID]bool // by replica
	known    []map[position.ID]bool
	counters []uint64
}

func newWorld(replicas int, runs bool) *world {
	w := &world{tree: newTree(runs), at: map[position.ID]position.Position{}, counters: make([]uint64, replicas)}
	for range replicas {
		w.known = append(w.known, map[position.ID]bool{})
		w.removed = append(w.removed, map[position.ID]bool{})
	}
	return w
}

func name(replica int) [16]byte { return [16]byte{byte('a' + replica)} }

// seen is the list as a replica sees it.
func (w *world) seen(replica int) []position.ID {
	return slices.DeleteFunc(w.tree.list(), func(id position.ID) bool {
		return !w.known[replica][id] || w.removed[replica][id]
	})
}

func (w *world) insert(replica, index int) position.ID {
	list := w.seen(replica)
	w.counters[replica]++
	id := position.ID{Replica: name(replica), Counter: w.counters[replica]}
	var before, after position.Position
	var above, below *element
	if index > 0 {
		before, above = w.at[list[index-1]], w.tree.byID[list[index-1]]
	}
	if index < len(list) {
		after, below = w.at[list[index]], w.tree.byID[list[index]]
	}
	w.at[id] = position.Between(before, after, id)
	w.tree.insert(above, below, id)
	w.known[replica][id] = true
	return id
}

func (w *world) remove(replica, index int) {
	w.counters[replica]++ // a removal takes a counter too
	w.removed[replica][w.seen(replica)[index]] = true
}

func (w *world) hear(replica, from int) {
	for id := range w.known[from] {
		w.known[replica][id] = true
	}
	for id := range w.removed[from] {
		w.removed[replica][id] = true
	}
}

// run lets things happen at random; it fails if a position is not where its
// author inserted it.
func (w *world) run(t *rapid.T, steps int, removals bool) {
	for range steps {
		replica := rapid.IntRange(0, len(w.known)-1).Draw(t, "replica")
		list := w.seen(replica)
		switch rapid.IntRange(0, 5).Draw(t, "step") {
		case 0:
			w.hear(replica, rapid.IntRange(0, len(w.known)-1).Draw(t, "from"))
		case 1, 2:
			if len(list) > 0 && removals {
				w.remove(replica, rapid.IntRange(0, len(list)-1).Draw(t, "at"))
			}
		default:
			at := rapid.IntRange(0, len(list)).Draw(t, "at")
			id := w.insert(replica, at)
			if at > 0 && position.Compare(w.at[list[at-1]], w.at[id]) >= 0 || at < len(list) && position.Compare(w.at[id], w.at[list[at]]) >= 0 {
				t.Fatalf("%s is not where it was inserted", w.at[id])
			}
		}
	}
}

// ordered is all ids by their positions.
func (w *world) ordered() []position.ID {
	var ids []position.ID
	for id := range w.at {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b position.ID) int { return position.Compare(w.at[a], w.at[b]) })
	return ids
}

// TestPaper compares with the tree of the paper, which has no runs. What stands
// for removals there, elements that are not shown, is not in positions, so
// nothing is removed.
func TestPaper(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(rapid.IntRange(1, 4).Draw(t, "replicas"), false)
		w.run(t, rapid.IntRange(1, 60).Draw(t, "steps"), false)
		if got, want := w.ordered(), w.tree.list(); !slices.Equal(got, want) {
			t.Fatalf("ordered %v, the tree is %v", got, want)
		}
	})
}

// TestRuns compares with a tree in which every element of a run is a node, with
// removals.
func TestRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(rapid.IntRange(1, 4).Draw(t, "replicas"), true)
		w.run(t, rapid.IntRange(1, 80).Draw(t, "steps"), true)
		if got, want := w.ordered(), w.tree.list(); !slices.Equal(got, want) {
			t.Fatalf("ordered %v, the tree is %v", got, want)
		}
	})
}

// TestCounterUsedBefore gives a counter that its replica has used: the position
// is between its neighbours all the same.
func TestCounterUsedBefore(t *testing.T) {
	var end position.Position
	first := position.Between(end, end, position.ID{Replica: name(0), Counter: 5})
	last := position.Between(first, end, position.ID{Replica: name(0), Counter: 9})
	for counter := uint64(1); counter < 10; counter++ {
		id := position.ID{Replica: name(0), Counter: counter}
		for i, c := range []struct{ before, after position.Position }{{end, first}, {first, last}, {last, end}} {
			p := position.Between(c.before, c.after, id)
			if !c.before.IsZero() && position.Compare(c.before, p) >= 0 || !c.after.IsZero() && position.Compare(p, c.after) >= 0 || p.ID() != id {
				t.Errorf("gap %d, %s: %s", i, id, p)
			}
		}
	}
}
