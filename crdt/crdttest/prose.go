package crdttest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// prose is every event that ever happened to the text at one path, and the tree
// of characters that they make, as the paper on FugueMax (Weidner and Kleppmann
// 2023) defines it: walked whole for each event, deleted characters and all.
type prose struct {
	deeds []deed
	of    map[crdt.Dot]int // the deed of each event
	root  *char
}

// deed is the events of one transaction; each is the parent of the next.
type deed struct {
	events  []event
	parents []int // deeds
	deleted []*char
}

// char is a node of the tree.
type char struct {
	id          crdt.Dot
	r           rune
	deed        int
	origin      *char // on the right, of right children; nil is the end
	left, right []*char
}

// add adds the events of a transaction, in causal order.
func (p *prose) add(events []event) error {
	if p.root == nil {
		p.root, p.of = &char{deed: -1}, map[crdt.Dot]int{}
	}
	d := deed{events: events}
	for _, parent := range events[0].parents {
		i, ok := p.of[parent]
		if all := p.deeds; !ok || all[i].events[len(all[i].events)-1].id != parent {
			return fmt.Errorf("event %s builds on %s, which is no head", events[0].id, parent)
		}
		d.parents = append(d.parents, i)
	}
	number := len(p.deeds)
	seen := p.closure(d.parents)
	seen[number] = true
	deleted := p.deleted(seen)
	known := slices.DeleteFunc(p.list(), func(c *char) bool { return !seen[c.deed] })
	var w place
	for i, e := range events {
		if i > 0 && !slices.Equal(e.parents, []crdt.Dot{events[i-1].id}) {
			return fmt.Errorf("event %s does not follow %s", e.id, events[i-1].id)
		}
		p.of[e.id] = number
		at, ok := w.visible(known, deleted, e)
		if !ok {
			return fmt.Errorf("event %s is at %d, outside of the text", e.id, e.at)
		}
		if e.deletes {
			d.deleted = append(d.deleted, known[at])
			deleted[known[at]] = true
			w = place{at, e.at}
			continue
		}
		known = slices.Insert(known, at, p.insert(known, at, seen, e, number))
		w = place{at + 1, e.at + 1}
	}
	p.deeds = append(p.deeds, d)
	return nil
}

// place is one between characters: of those before it so many are shown.
type place struct{ at, shown int }

// visible is the place in known of the character that e deletes, or the one
// directly after the character that e inserts behind. It looks from w on, if that is
// not too far.
func (w place) visible(known []*char, deleted map[*char]bool, e event) (at int, ok bool) {
	left := e.at
	if e.deletes {
		left++
	}
	if left == 0 {
		return 0, true
	}
	if left == w.shown && !e.deletes && !deleted[known[w.at-1]] {
		return w.at, true
	}
	if left <= w.shown {
		w = place{}
	}
	left -= w.shown
	for i, c := range known[w.at:] {
		if !deleted[c] {
			left--
		}
		if left == 0 {
			if e.deletes {
				return w.at + i, true
			}
			return w.at + i + 1, true
		}
	}
	return 0, false
}

// insert puts a character between known[at-1] and known[at].
func (p *prose) insert(known []*char, at int, seen map[int]bool, e event, deed int) *char {
	before := p.root
	if at > 0 {
		before = known[at-1]
	}
	c := &char{id: e.id, r: e.char, deed: deed}
	if at < len(known) {
		c.origin = known[at]
	}
	if slices.ContainsFunc(before.right, func(x *char) bool { return seen[x.deed] }) {
		after := c.origin
		after.left = append(after.left, c)
		slices.SortFunc(after.left, func(a, b *char) int { return a.id.Compare(b.id) })
		return c
	}
	if before.right = append(before.right, c); len(before.right) > 1 {
		order := p.list()
		where := func(c *char) int {
			if c == nil {
				return len(order)
			}
			return slices.Index(order, c)
		}
		slices.SortFunc(before.right, func(a, b *char) int {
			if x, y := where(a.origin), where(b.origin); x != y {
				return y - x
			}
			return a.id.Compare(b.id)
		})
	}
	return c
}

// list is all characters in order.
func (p *prose) list() (all []*char) {
	var visit func(*char)
	visit = func(c *char) {
		for _, x := range c.left {
			visit(x)
		}
		if c != p.root {
			all = append(all, c)
		}
		for _, x := range c.right {
			visit(x)
		}
	}
	visit(p.root)
	return all
}

// closure is deeds and everything before them.
func (p *prose) closure(deeds []int) map[int]bool {
	seen := map[int]bool{}
	var visit func(int)
	visit = func(i int) {
		if !seen[i] {
			seen[i] = true
			for _, parent := range p.deeds[i].parents {
				visit(parent)
			}
		}
	}
	for _, i := range deeds {
		visit(i)
	}
	return seen
}

func (p *prose) deleted(seen map[int]bool) map[*char]bool {
	deleted := map[*char]bool{}
	for i := range seen {
		if i < len(p.deeds) {
			for _, c := range p.deeds[i].deleted {
				deleted[c] = true
			}
		}
	}
	return deleted
}

// show is the text at the version with these heads, and how many events that
// version has.
func (p *prose) show(heads []crdt.Dot) (content string, events int, err error) {
	var deeds []int
	for _, h := range heads {
		i, ok := p.of[h]
		if !ok {
			return "", 0, fmt.Errorf("head %s is no event", h)
		}
		deeds = append(deeds, i)
	}
	if len(deeds) == 0 {
		return "", 0, nil
	}
	seen := p.closure(deeds)
	deleted := p.deleted(seen)
	var b strings.Builder
	for _, c := range p.list() {
		if seen[c.deed] && !deleted[c] {
			b.WriteRune(c.r)
		}
	}
	for i := range seen {
		events += len(p.deeds[i].events)
	}
	return b.String(), events, nil
}
