package crdt

import (
	"errors"
	"fmt"
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
		found := false
		n, err := e.at(root, r.Path, 0, false, func(n *node) (node, error) {
			found = true
			return e.resolve(n, &r)
		})
		if err == nil && !found {
			e.path = r.Path
			err = e.fail(ErrNoConflict)
		}
		return n, err
	})
}

func (e *edit) resolve(n *node, r *Resolution) (node, error) {
	if n.conflict() == "" {
		return node{}, e.fail(ErrNoConflict)
	}
	all := n.candidates()
	seen := lookupDots(r.Seen)
	for i := range all {
		if !seen(all[i].name.Dot) {
			return node{}, e.fail(fmt.Errorf("%w: %s", ErrUnseen, all[i].name.Dot))
		}
	}
	if v := r.Value.p; v != nil {
		if len(r.Path)+v.depth > MaxDepth {
			return node{}, e.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
		}
		return e.settle(&all[0], v)
	}
	for i := range all {
		if all[i].name.Dot == r.Take {
			return e.take(&all[i]), nil
		}
	}
	return node{}, e.fail(fmt.Errorf("%w: %s", ErrCandidate, r.Take))
}

// take keeps one candidate. It is written anew where that is possible, so that
// two replicas which take different ones at the same time lose neither.
func (e *edit) take(r *rival) node {
	switch r.kind {
	case KindMap:
		return node{entries: []entry{e.w.entry(KindMap, valueNull)}, fields: r.node.fields}
	case KindRegister:
		return node{entries: []entry{e.w.entry(KindRegister, r.name.Value)}}
	case KindSet:
		entries := []entry{e.w.entry(KindSet, setPresence)}
		for _, old := range r.node.entries {
			if old.Value != setPresence {
				entries = append(entries, old)
			}
		}
		return node{entries: entries}.normal()
	}
	e.w.Dot()
	return r.node
}

// settle writes a value over the shown candidate and drops the others.
func (e *edit) settle(shown *rival, v *plain) (node, error) {
	if shown.kind == KindRegister {
		return e.create(v), nil
	}
	kept := e.take(shown)
	return e.put(&kept, v)
}
