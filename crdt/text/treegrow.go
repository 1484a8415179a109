package text

import "slices"

// room makes sure that a leaf takes k more spans; p moves along.
func (t *tree) room(p place, k int32) place {
	if t.leaves[p.leaf].n+k <= fan {
		return p
	}
	fresh := t.splitLeaf(p.leaf)
	if half := t.leaves[p.leaf].n; p.at >= half {
		return place{fresh, p.at - half, p.k}
	}
	return p
}

// put inserts s before the span at p, counts included. There must be room.
func (t *tree) put(p place, s span) {
	l := &t.leaves[p.leaf]
	copy(l.spans[p.at+1:l.n+1], l.spans[p.at:l.n])
	l.spans[p.at] = s
	l.n++
	t.change(p.leaf, s.count())
}

// cut makes a span of its own begin at p, and returns its place.
func (t *tree) cut(p place) place {
	if p.k == 0 {
		return p
	}
	if p.k == t.span(p).n {
		return place{p.leaf, p.at + 1, 0}
	}
	p = t.room(p, 1)
	l := &t.leaves[p.leaf]
	copy(l.spans[p.at+2:l.n+1], l.spans[p.at+1:l.n])
	l.spans[p.at+1] = l.spans[p.at].split(p.k)
	l.n++
	return place{p.leaf, p.at + 1, 0}
}

// splitLeaf moves the upper half of a leaf to a new one.
func (t *tree) splitLeaf(at int32) int32 {
	fresh := int32(len(t.leaves))
	t.leaves = append(t.leaves, leaf{})
	x, y := &t.leaves[at], &t.leaves[fresh]
	half := x.n / 2
	y.n = int32(copy(y.spans[:], x.spans[half:x.n]))
	x.n = half
	y.next, x.next = x.next, fresh
	var moved count
	for i := range y.n {
		s := &y.spans[i]
		moved.add(s.count())
		t.remember(s, fresh)
	}
	t.adopt(x.parent, x.slot, fresh, moved)
	return fresh
}

// remember notes the leaf of the characters of s.
func (t *tree) remember(s *span, at int32) {
	if s.row >= under {
		return
	}
	w := t.where[s.row-t.base-1:][:s.n]
	for i := range w {
		w[i] = at
	}
}

// adopt puts a new child with what it counts, taken from its left neighbour,
// into branch b after slot, and returns where it went.
func (t *tree) adopt(b, slot, kid int32, moved count) {
	if t.branches[b].n == fan {
		if fresh := t.splitBranch(b); slot >= t.branches[b].n {
			b, slot = fresh, slot-t.branches[b].n
		}
	}
	x := &t.branches[b]
	copy(x.kids[slot+2:x.n+1], x.kids[slot+1:x.n])
	copy(x.counts[slot+2:x.n+1], x.counts[slot+1:x.n])
	x.n++
	x.kids[slot+1], x.counts[slot+1] = kid, moved
	x.counts[slot].sub(moved)
	t.number(b, slot+1)
}

// number tells the children of b, from slot on, where they are.
func (t *tree) number(b, slot int32) {
	x := &t.branches[b]
	for i := slot; i < x.n; i++ {
		if x.leaves {
			l := &t.leaves[x.kids[i]]
			l.parent, l.slot = b, i
		} else {
			k := &t.branches[x.kids[i]]
			k.parent, k.slot = b, i
		}
	}
}

// splitBranch moves the upper half of a branch to a new one; a root gets a
// root above it.
func (t *tree) splitBranch(b int32) int32 {
	if b == t.root {
		t.root = int32(len(t.branches))
		t.branches = append(t.branches, branch{n: 1, parent: -1})
		top := &t.branches[t.root]
		top.kids[0], top.counts[0] = b, t.total
		t.branches[b].parent, t.branches[b].slot = t.root, 0
	}
	fresh := int32(len(t.branches))
	t.branches = append(t.branches, branch{leaves: t.branches[b].leaves})
	x, y := &t.branches[b], &t.branches[fresh]
	half := x.n / 2
	y.n = int32(copy(y.kids[:], x.kids[half:x.n]))
	copy(y.counts[:], x.counts[half:x.n])
	x.n = half
	var moved count
	for i := range y.n {
		moved.add(y.counts[i])
	}
	t.number(fresh, 0)
	t.adopt(x.parent, x.slot, fresh, moved)
	return fresh
}

// grow makes where cover the rows before end.
func (t *tree) grow(end int32) {
	have := int32(len(t.where))
	if need := end - t.base - 1; need > have {
		t.where = slices.Grow(t.where, int(need-have))[:need]
	}
}
