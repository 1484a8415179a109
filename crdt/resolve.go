package crdt

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt/position"
)

var (
	// ErrNoConflict is returned when there is no conflict at a path.
	ErrNoConflict = errors.New("no conflict at this path")
	// ErrUnseen is returned when a resolution does not name a candidate that
	// is there: whoever resolves has not seen it.
	ErrUnseen = errors.New("a candidate was not named")
	// ErrCandidate is returned when a resolution takes what is no candidate.
	ErrCandidate = errors.New("not a candidate")
)

// Resolution ends the conflict at Path. Seen names every candidate by its dot,
// so that nothing is thrown away unseen. The outcome is the candidate named by
// Take, or, if there is one, Value.
type Resolution struct {
	Path  Pointer
	Seen  []Dot
	Take  Dot
	Value Plain
}

// Resolve ends one conflict: the outcome is written under new dots and all
// candidates that it replaces are removed. A Value over a counter, set or
// object keeps its type, as Put does. What it returns and when it fails is as
// for Put; ErrNoConflict, ErrUnseen and ErrCandidate have their own meanings.
func (d *Document) Resolve(w *Writer, r Resolution) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		if len(r.Path) == 0 {
			return e.resolve(root, root.conflict(), &r)
		}
		found := false
		above := len(r.Path) - 1
		n, err := e.at(root, r.Path[:above], 0, false, func(n *node) (out node, err error) {
			e.path = r.Path
			out, found, err = e.resolveBelow(n, r.Path[above], &r)
			return out, err
		})
		if err == nil && !found {
			e.path = r.Path
			err = e.fail(ErrNoConflict)
		}
		return n, err
	})
}

// resolveBelow ends the conflict at the field or element of n that the token
// names. An element that was removed gets a place again, where it was.
func (e *edit) resolveBelow(n *node, token string, r *Resolution) (_ node, found bool, err error) {
	switch g, _ := n.shown(); g.kind {
	case KindMap:
		at, ok := n.find(token)
		if !ok {
			return *n, false, nil
		}
		child := &n.fields[at].node
		next, err := e.resolve(child, child.conflict(), r)
		if err != nil {
			return node{}, true, err
		}
		return e.keepMap(n.with(at, true, token, next)), true, nil
	case KindList:
		index, ok := arrayIndex(token)
		at, shown := n.element(index)
		if !ok || !shown {
			return *n, false, nil
		}
		items := slices.Clone(n.seq.items)
		it := &items[at]
		if it.node, err = e.resolve(&it.node, it.conflict(), r); err != nil {
			return node{}, true, err
		}
		if len(it.places) == 0 {
			it.places = []place{e.placeAfter(items, at)}
			sortItems(items)
		}
		return n.withItems(items), true, nil
	}
	if !n.empty() {
		e.path = r.Path[:len(r.Path)-1]
		return node{}, true, e.fail(fmt.Errorf("%w: it is neither object nor array", ErrKind))
	}
	return *n, false, nil
}

// placeAfter is a new place, directly after where the element is.
func (e *edit) placeAfter(items []item, at int) place {
	before, after := items[at].at(), position.Position{}
	for i := at + 1; i < len(items) && after.IsZero(); i++ {
		if next := items[i].at(); position.Compare(before, next) < 0 {
			after = next
		}
	}
	dot := e.w.Dot()
	id := position.ID{Replica: dot.Replica, Counter: dot.Counter}
	return place{Dot: dot, Time: e.w.Time, At: position.Between(before, after, id)}
}

// resolve ends a conflict of a kind about n.
func (e *edit) resolve(n *node, kind string, r *Resolution) (node, error) {
	if kind == "" {
		return node{}, e.fail(ErrNoConflict)
	}
	all := n.candidates()
	seen := lookupDots(r.Seen)
	for i := range all {
		if !seen(all[i].dot) {
			return node{}, e.fail(fmt.Errorf("%w: %s", ErrUnseen, all[i].dot))
		}
	}
	if v := r.Value.p; v != nil {
		if len(r.Path)+v.depth > MaxDepth {
			return node{}, e.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
		}
		return e.settle(&all[0], v)
	}
	for i := range all {
		if all[i].dot == r.Take {
			return e.take(&all[i]), nil
		}
	}
	return node{}, e.fail(fmt.Errorf("%w: %s", ErrCandidate, r.Take))
}

// take keeps one candidate. It is written anew where that is possible, so that
// two replicas which take different ones at the same time lose neither.
func (e *edit) take(r *rival) node {
	n := r.node
	presence := r.kind.presence()
	switch {
	case r.kind == KindRegister:
		n.entries = []entry{e.w.entry(KindRegister, r.node.entries[0].Value)}
	case presence != "":
		n.entries = []entry{e.w.entry(r.kind, presence)}
		for _, old := range r.node.entries {
			if old.Value != presence {
				n.entries = append(n.entries, old)
			}
		}
		n = n.normal()
	default:
		e.w.Dot()
	}
	return n
}

// settle writes a value over the shown candidate and drops the others.
func (e *edit) settle(shown *rival, v *plain) (node, error) {
	if shown.kind == KindRegister {
		return e.create(v), nil
	}
	kept := e.take(shown)
	return e.put(&kept, v)
}
