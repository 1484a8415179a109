package crdttest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/position"
)

// History is all operations that there ever were on one document, and so knows
// what any set of them amounts to. It knows nothing of joins. The zero value
// has none.
type History struct {
	operations []operation
	origins    map[string]position.Position // where elements were inserted, by their names
	texts      map[string]*prose            // by path
}

// operation is one transaction: what it wrote, and what of that which its
// author saw it removed.
type operation struct {
	head    crdt.Dot
	wrote   []crdt.Entry
	removed []crdt.Dot
}

// Deed is what an edit did: Before became After, by the dots from First to Head.
// Base is what its author had seen: Before, or an earlier version.
type Deed struct {
	Base, Before, After *crdt.Document
	First, Head         crdt.Dot
	Moves               bool // it only moved elements, which says nothing of their values
}

// Add adds an operation and returns its number. Operations are added after
// those that they have seen. It fails if the edit did what no edit may: it
// removed what its author had not seen, took dots that are not its own, made a
// text build on other events than those its author saw, or changed a value by
// moving it.
func (h *History) Add(d Deed) (int, error) {
	op := operation{head: d.Head}
	had, has := entriesOf(d.Before), entriesOf(d.After)
	seen := had
	if d.Base != d.Before {
		seen = entriesOf(d.Base)
	}
	for _, e := range has {
		if was, ok := had[e.Dot]; ok {
			if !sameEntry(was, e) {
				return 0, fmt.Errorf("%s was %+v, and is %+v under the same dot", e.Dot, was, e)
			}
			continue
		}
		if !d.took(e.Dot) {
			return 0, fmt.Errorf("%s was written with the dots %s to %s", e.Dot, d.First, d.Head)
		}
		if d.Moves && !isPlace(e) {
			return 0, fmt.Errorf("a move wrote %s at %s", e.Dot, e.Path)
		}
		op.wrote = append(op.wrote, e)
		h.remember(e)
	}
	for name, at := range d.After.Origins() { // an element may be inserted, and moved, in one transaction
		if _, known := h.origins[name]; !known {
			h.originate(name, at)
		}
	}
	for dot, e := range had {
		if _, ok := has[dot]; ok {
			continue
		}
		if d.Moves && !isPlace(e) {
			return 0, fmt.Errorf("a move removed %s at %s", dot, e.Path)
		}
		if _, ok := seen[dot]; !ok {
			return 0, fmt.Errorf("%s was removed, and its author had not seen it", dot)
		}
		op.removed = append(op.removed, dot)
	}
	old := map[string]string{}
	for w := range d.Before.Texts() {
		old[w.Path.String()] = string(w.Events)
	}
	for w := range d.After.Texts() {
		if events, ok := old[w.Path.String()]; ok && events == string(w.Events) {
			continue
		}
		if err := h.addText(d, w); err != nil {
			return 0, fmt.Errorf("text at %s: %w", w.Path, err)
		}
	}
	h.operations = append(h.operations, op)
	return len(h.operations) - 1, nil
}

func (d *Deed) took(dot crdt.Dot) bool {
	return dot.Replica == d.Head.Replica && d.First.Counter <= dot.Counter && dot.Counter <= d.Head.Counter
}

func entriesOf(d *crdt.Document) map[crdt.Dot]crdt.Entry {
	all := map[crdt.Dot]crdt.Entry{}
	for e := range d.Entries() {
		all[e.Dot] = e
	}
	return all
}

// remember keeps where an element was inserted: at the place that has its name.
func (h *History) remember(e crdt.Entry) {
	if !isPlace(e) {
		return
	}
	name := e.Path[len(e.Path)-1]
	if name != fmt.Sprintf("$%s:%d", e.Dot.Replica.Hex(), e.Dot.Counter) {
		return
	}
	h.originate(name, e.At)
}

func (h *History) originate(name string, at position.Position) {
	if h.origins == nil {
		h.origins = map[string]position.Position{}
	}
	h.origins[name] = at
}

// addText adds the events of a text that are new.
func (h *History) addText(d Deed, w crdt.Writing) error {
	events, err := readEvents(w.Events)
	if err != nil {
		return err
	}
	p := h.texts[w.Path.String()]
	if p == nil {
		p = &prose{}
	}
	fresh := slices.DeleteFunc(events, func(e event) bool { _, known := p.of[e.id]; return known })
	if len(fresh) == 0 {
		return nil
	}
	heads := map[crdt.Dot]bool{}
	for e := range d.Base.Entries() {
		heads[e.Dot] = isHead(e) && e.Path.String() == w.Path.String()
	}
	for _, e := range fresh {
		if !d.took(e.id) {
			return fmt.Errorf("event %s was made with the dots %s to %s", e.id, d.First, d.Head)
		}
	}
	for _, parent := range fresh[0].parents {
		if !heads[parent] {
			return fmt.Errorf("event %s builds on %s, and its author saw other heads", fresh[0].id, parent)
		}
	}
	if h.texts == nil {
		h.texts = map[string]*prose{}
	}
	h.texts[w.Path.String()] = p
	return p.add(fresh)
}

// Amount is what a set of operations amounts to: everything that one of them
// wrote and none of them removed.
func (h *History) Amount(has func(operation int) bool) *Content {
	c := &Content{history: h, live: map[crdt.Dot]crdt.Entry{}}
	for i, op := range h.operations {
		if has(i) {
			for _, e := range op.wrote {
				c.live[e.Dot] = e
			}
		}
	}
	for i, op := range h.operations {
		if has(i) {
			for _, dot := range op.removed {
				delete(c.live, dot)
			}
		}
	}
	return c
}

func isPlace(e crdt.Entry) bool { return !e.At.IsZero() }

func isHead(e crdt.Entry) bool { return e.Kind == crdt.KindText && e.Value == "\xf5" }

// isElement reports whether a token of a path is the name of an element; no
// field has such a name.
func isElement(token string) bool {
	return strings.HasPrefix(token, "$") && !strings.HasPrefix(token, "$$")
}

func sameEntry(a, b crdt.Entry) bool {
	return a.Kind == b.Kind && a.Dot == b.Dot && a.Time == b.Time && a.Value == b.Value &&
		slices.Equal(a.Path, b.Path) && (a.At == b.At || position.Compare(a.At, b.At) == 0)
}
