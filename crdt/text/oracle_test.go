package text_test

import (
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// oracle is FugueMax as its paper defines it, a tree that is walked whole for
// every event: nothing of the graph, the walker or the runs of the package.
type oracle struct {
	events []oracleEvent
	root   *node
}

// oracleEvent inserts r at position at, or deletes there if r is 0.
type oracleEvent struct {
	id      text.ID
	parents []int
	at      int
	r       rune
	target  *node // what it inserted or deleted
}

type node struct {
	id          text.ID
	r           rune
	event       int
	right       *node // origin, of right children; nil is the end
	lefts, rest []*node
}

// add appends an event with its parents, and reports whether its position is
// in the text they see.
func (o *oracle) add(id text.ID, parents []int, at int, r rune) bool {
	if o.root == nil {
		o.root = &node{event: -1}
	}
	seen := o.ancestors(parents)
	deleted := map[*node]bool{}
	for e := range seen {
		if o.events[e].r == 0 {
			deleted[o.events[e].target] = true
		}
	}
	known := []*node{o.root} // in order, deleted ones too
	for _, n := range o.list() {
		if seen[n.event] {
			known = append(known, n)
		}
	}
	visible := []int{0} // places in known
	for i, n := range known[1:] {
		if !deleted[n] {
			visible = append(visible, i+1)
		}
	}
	event := oracleEvent{id: id, parents: parents, at: at, r: r}
	if r == 0 {
		if at+1 >= len(visible) {
			return false
		}
		event.target = known[visible[at+1]]
		o.events = append(o.events, event)
		return true
	}
	if at >= len(visible) {
		return false
	}
	left := known[visible[at]]
	var right *node
	if next := visible[at] + 1; next < len(known) {
		right = known[next]
	}
	event.target = &node{id: id, r: r, event: len(o.events), right: right}
	hasRight := slices.ContainsFunc(left.rest, func(n *node) bool { return seen[n.event] })
	order := o.list()
	where := func(n *node) int {
		if n == nil {
			return len(order)
		}
		return slices.Index(order, n)
	}
	if hasRight {
		right.lefts = append(right.lefts, event.target)
		slices.SortFunc(right.lefts, func(a, b *node) int { return a.id.Compare(b.id) })
	} else {
		left.rest = append(left.rest, event.target)
		slices.SortFunc(left.rest, func(a, b *node) int {
			if x, y := where(a.right), where(b.right); x != y {
				return y - x
			}
			return a.id.Compare(b.id)
		})
	}
	o.events = append(o.events, event)
	return true
}

// ancestors of an event with these parents: them, and all before.
func (o *oracle) ancestors(parents []int) map[int]bool {
	seen := map[int]bool{}
	var visit func(int)
	visit = func(e int) {
		if !seen[e] {
			seen[e] = true
			for _, p := range o.events[e].parents {
				visit(p)
			}
		}
	}
	for _, p := range parents {
		visit(p)
	}
	return seen
}

// list is all characters in order, deleted ones too.
func (o *oracle) list() (all []*node) {
	var visit func(*node)
	visit = func(n *node) {
		for _, k := range n.lefts {
			visit(k)
		}
		if n != o.root {
			all = append(all, n)
		}
		for _, k := range n.rest {
			visit(k)
		}
	}
	if o.root != nil {
		visit(o.root)
	}
	return all
}

// show is the text at the version with these heads.
func (o *oracle) show(heads []int) string {
	seen := o.ancestors(heads)
	deleted := map[*node]bool{}
	for e := range seen {
		if o.events[e].r == 0 {
			deleted[o.events[e].target] = true
		}
	}
	var b strings.Builder
	for _, n := range o.list() {
		if seen[n.event] && !deleted[n] {
			b.WriteRune(n.r)
		}
	}
	return b.String()
}
