package text

const fan = 32 // spans of a leaf, children of a branch

// leaf is a stretch of the walker's characters.
type leaf struct {
	n      int32
	parent int32 // branch, and place in it
	slot   int32
	next   int32 // the leaf after this one, or -1
	spans  [fan]span
}

// branch counts what is below each of its children, which are all leaves or
// all branches.
type branch struct {
	n      int32
	parent int32 // -1 for the root
	slot   int32
	leaves bool
	kids   [fan]int32
	counts [fan]count
}

// tree is a balanced tree of spans in the order of the text. Nodes are numbers
// into slices, which reset keeps. Every character knows its leaf.
type tree struct {
	leaves   []leaf
	branches []branch
	root     int32
	total    count
	base     int32   // the row before the first of where
	where    []int32 // for each row after base: of an insertion its leaf, of a deletion the row it deleted
}

// place is the k-th character of a span in a leaf; the end of a span is its
// n-th.
type place struct{ leaf, at, k int32 }

// reset makes the tree hold n characters of the text as it was after row base.
func (t *tree) reset(base, n int32) {
	t.leaves = append(t.leaves[:0], leaf{next: -1})
	t.branches = append(t.branches[:0], branch{n: 1, parent: -1, leaves: true})
	t.root, t.total, t.base, t.where = 0, count{}, base, t.where[:0]
	if n > 0 {
		s := span{row: under, n: n, left: nowhere, right: nowhere, state: 1}
		t.leaves[0].n, t.leaves[0].spans[0] = 1, s
		t.change(0, s.count())
	}
}

// span is what stands at p.
func (t *tree) span(p place) *span { return &t.leaves[p.leaf].spans[p.at] }

// change adds c, which may be negative, to the counts above a leaf.
func (t *tree) change(leaf int32, c count) {
	t.total.add(c)
	b, slot := t.leaves[leaf].parent, t.leaves[leaf].slot
	for b >= 0 {
		x := &t.branches[b]
		x.counts[slot].add(c)
		b, slot = x.parent, x.slot
	}
}

// seek finds the character with n before it that key counts; there must be
// one.
func (t *tree) seek(n int32, key func(count) int32) place {
	at := t.root
	for {
		b := &t.branches[at]
		slot := int32(0)
		for slot < b.n-1 && n >= key(b.counts[slot]) {
			n -= key(b.counts[slot])
			slot++
		}
		if at = b.kids[slot]; b.leaves {
			break
		}
	}
	l := &t.leaves[at]
	for i := range l.n {
		have := key(l.spans[i].count())
		if n < have {
			return place{at, i, n}
		}
		n -= have
	}
	return place{at, max(l.n-1, 0), 0}
}

func seenKey(c count) int32 { return c.seen }

func oldKey(c count) int32 { return c.old }

// find is the place of a character, which must be there.
func (t *tree) find(row int32) place {
	if row >= under {
		return t.seek(row-under, oldKey)
	}
	at := t.where[row-t.base-1]
	l := &t.leaves[at]
	for i := range l.n {
		if s := &l.spans[i]; s.holds(row) {
			return place{at, i, row - s.row}
		}
	}
	return place{at, 0, 0}
}

// position is where p is in the text as it is now.
func (t *tree) position(p place) int32 {
	l := &t.leaves[p.leaf]
	n := int32(0)
	for i := range p.at {
		if s := &l.spans[i]; !s.gone {
			n += s.n
		}
	}
	if p.at < l.n && !l.spans[p.at].gone {
		n += p.k
	}
	b, slot := l.parent, l.slot
	for b >= 0 {
		x := &t.branches[b]
		for i := range slot {
			n += x.counts[i].now
		}
		b, slot = x.parent, x.slot
	}
	return n
}

// compare orders two places in the text.
func (t *tree) compare(p, q place) int {
	if p.leaf == q.leaf {
		if p.at != q.at {
			return int(p.at - q.at)
		}
		return int(p.k - q.k)
	}
	x, y := &t.leaves[p.leaf], &t.leaves[q.leaf]
	a, b, i, j := x.parent, y.parent, x.slot, y.slot
	for a != b {
		x, y := &t.branches[a], &t.branches[b]
		a, b, i, j = x.parent, y.parent, x.slot, y.slot
	}
	return int(i - j)
}

// next is the span after the one at p; false, and no place, at the end.
func (t *tree) next(p place) (place, bool) {
	if p.at+1 < t.leaves[p.leaf].n {
		return place{p.leaf, p.at + 1, 0}, true
	}
	for at := t.leaves[p.leaf].next; at >= 0; at = t.leaves[at].next {
		if t.leaves[at].n > 0 {
			return place{at, 0, 0}, true
		}
	}
	return place{leaf: -1}, false
}
