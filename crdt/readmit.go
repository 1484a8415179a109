package crdt

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

// Readmit takes back into a document what was taken out of the world, and its dots with
// it. now is what w's replica holds, with the vector of its key's range; kept is what was
// kept. What now has seen removed does not come back; the rest is written again, under
// new dots, as by Revive.
//
// It leaves a mark of the dots that were kept, which Merge does not heed: where the
// same was kept elsewhere, and is taken back there when this has been heard of, nothing is
// written twice. Two that do it at once write it twice: a counter counts twice, a
// list has its elements twice.
//
// changed is false if there is nothing to write: then w has taken no dot. It fails as
// Revive does.
func Readmit(w *Writer, now State, kept *Document) (d *Document, changed bool, err error) {
	a, b := now.Document.orEmpty(), kept.orEmpty()
	before := *w
	root, err := a.root.merge(&b.root, now.readmitted(), func(Dot) bool { return false })
	if err != nil { // texts do not fit: what was kept stands beside
		root = b.root
	}
	root = root.withKind(KindRepair, a.root.kindEntries(KindRepair))
	if root.onlyMarks() {
		root = node{}
	}
	root = (&readmission{&edit{w: w}, now.Context}).node(&root)
	d, changed, err = Revive(w, a, newDocument(root, len(a.raw)+len(b.raw)))
	if err != nil || !changed {
		*w = before
		return a, false, err
	}
	m := mark{format: markReadmitted, heads: now.Heads, seen: now.Context, united: spansOf(kept.orEmpty().root.dots())}
	if d, err = m.on(w, &d.root, len(d.raw)); err != nil {
		*w = before
		return a, false, err
	}
	return d, true, nil
}

// HasSeen reports whether what was kept of a document is in s, or was removed from it, or
// was taken back into it by Readmit.
func (s State) HasSeen(kept *Document) bool {
	c := checker{quick: true, seen: lens{seen: s.readmitted()}}
	return c.node(&kept.orEmpty().root) == nil
}

// HasSeenOthers is HasSeen for what others have written than own.
func (s State) HasSeenOthers(kept *Document, own func(ReplicaID) bool) bool {
	seen := s.readmitted()
	c := checker{quick: true, seen: lens{seen: func(d Dot) bool { return own(d.Replica) || seen(d) }}}
	return c.node(&kept.orEmpty().root) == nil
}

// Shows reports whether every dot of a document is in s, or was taken back into it by
// Readmit: more than HasSeen, which takes what s has seen removed for here.
func (s State) Shows(d *Document) bool {
	here, back := spansOf(s.Document.orEmpty().root.dots()), State{Document: s.Document}.readmitted()
	return !slices.ContainsFunc(d.orEmpty().root.dots(), func(dot Dot) bool { return !here.has(dot) && !back(dot) })
}

// readmitted tells of dots whether s counts them, or Readmit has taken them back.
func (s State) readmitted() func(Dot) bool {
	var marks []mark
	for _, e := range s.Document.orEmpty().root.kindEntries(KindRepair) {
		if m, ok := readMark(&e, markReadmitted); ok {
			marks = append(marks, m)
		}
	}
	return func(d Dot) bool {
		return s.Context.Has(d) || slices.ContainsFunc(marks, func(m mark) bool { return m.united.has(d) })
	}
}

// readmission gives elements of lists that nobody counts places of their own: the dots of
// positions stay in a list for ever, and who does not count them takes no such document.
type readmission struct {
	*edit
	seen VersionVector
}

func (r *readmission) node(n *node) node {
	out := *n
	if len(n.fields) > 0 {
		out.fields = slices.Clone(n.fields)
		for i := range out.fields {
			out.fields[i].node = r.node(&out.fields[i].node)
		}
	}
	if items := n.items(); len(items) > 0 {
		out.seq = sequenceOf(r.items(items), n.text())
	}
	return out
}

// items are the elements in their order. One without a place, which was removed while
// somebody edited it, goes if nobody counts it.
func (r *readmission) items(items []item) (all []item) {
	next := make([]position.Position, len(items)+1) // where the next one is that has its place
	for i := len(items) - 1; i >= 0; i-- {
		if next[i] = next[i+1]; !r.strange(&items[i]) {
			next[i] = items[i].at()
		}
	}
	var last position.Position
	for i := range items {
		it := items[i]
		it.node = r.node(&it.node)
		if r.strange(&items[i]) {
			if len(it.places) == 0 {
				continue
			}
			p := r.between(last, next[i+1])
			it.origin, it.places = p.At, []place{p}
		}
		all, last = append(all, it), it.at()
	}
	sortItems(all)
	return all
}

// strange reports whether an element stands, or began, where nobody counts.
func (r *readmission) strange(it *item) (strange bool) {
	at := []position.Position{it.origin}
	for _, p := range it.places {
		at = append(at, p.At)
	}
	position.IDs(at, func(id position.ID) bool {
		strange = !r.seen.Has(Dot{id.Replica, id.Counter})
		return !strange
	})
	return strange
}
