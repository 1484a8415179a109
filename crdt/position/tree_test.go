package position_test

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// tree is a list as the paper has it: every element that was ever inserted is
// a node, and nothing is ever taken out.
type tree struct {
	root  *element
	byID  map[position.ID]*element
	spine map[position.ID]*element // last element of each run, by side
	back  map[position.ID]*element
	runs  bool // elements of a replica that follow each other are runs
}

// element is one node.
type element struct {
	id          position.ID
	run         position.ID // of the run that it belongs to
	sibling     position.ID // what it counts as among its siblings
	parent      *element
	left, right []*element
}

func newTree(runs bool) *tree {
	return &tree{root: &element{}, byID: map[position.ID]*element{}, spine: map[position.ID]*element{}, back: map[position.ID]*element{}, runs: runs}
}

// list is the in-order traversal.
func (t *tree) list() (ids []position.ID) {
	var walk func(*element)
	walk = func(e *element) {
		for _, x := range e.left {
			walk(x)
		}
		if e != t.root {
			ids = append(ids, e.id)
		}
		for _, x := range e.right {
			walk(x)
		}
	}
	walk(t.root)
	return ids
}

// below reports whether e descends from of.
func (e *element) below(of *element) bool {
	for ; e != nil; e = e.parent {
		if e == of {
			return true
		}
	}
	return false
}

// insert puts id between two elements, nil at the ends, that follow each other
// in what its author sees.
func (t *tree) insert(before, after *element, id position.ID) *element {
	e := &element{id: id, run: id, sibling: id}
	t.byID[id] = e
	if before == nil {
		before = t.root
	}
	if after == nil || !after.below(before) {
		if t.runs && before != t.root && before.run.Replica == id.Replica && (before.id == before.run || before.grows(t.spine)) {
			t.extend(t.spine, e, before.run)
			t.hang(e, e.parent, &e.parent.right)
			return e
		}
		t.hang(e, before, &before.right)
		return e
	}
	if t.runs && after.run.Replica == id.Replica && (after.id == after.run || after.grows(t.back)) {
		t.extend(t.back, e, after.run)
		t.hang(e, e.parent, &e.parent.left)
		return e
	}
	t.hang(e, after, &after.left)
	return e
}

// grows reports whether e is on the side of its run that ends lists.
func (e *element) grows(ends map[position.ID]*element) bool {
	for x := ends[e.run]; x != nil && x.run == e.run; x = x.parent {
		if x == e {
			return true
		}
	}
	return false
}

// extend makes e the next element on one side of a run.
func (t *tree) extend(ends map[position.ID]*element, e *element, run position.ID) {
	e.run, e.sibling = run, run
	if e.parent = ends[run]; e.parent == nil {
		e.parent = t.byID[run]
	}
	ends[run] = e
}

func (t *tree) hang(e, parent *element, siblings *[]*element) {
	e.parent = parent
	*siblings = append(*siblings, e)
	slices.SortFunc(*siblings, func(a, b *element) int { return a.sibling.Compare(b.sibling) })
}
