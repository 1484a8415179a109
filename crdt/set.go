package crdt

import (
	"encoding/base64"
	"slices"
)

// setPresence is the payload of the entry that says that a set exists, so that
// a set without elements is still a set. An element is never an array.
const setPresence Value = "\x80"

// compareElements orders the payloads of a set: presence, then the elements.
func compareElements(a, b Value) int {
	switch {
	case a == b:
		return 0
	case a == setPresence:
		return -1
	case b == setPresence:
		return 1
	}
	return compareValues(a, b)
}

// element is what an element counts as: 1.0 counts as 1.
func element(v Value) Value {
	if i, ok := v.integer(); ok {
		return intValue(i)
	}
	return v
}

// plainElement is what an element counts as in plain JSON: bytes are a text.
func plainElement(v Value) Value { return element(shownText(v)) }

// putSet makes the elements of a set those that are wanted; as says what an
// element counts as.
func (e *edit) putSet(n *node, g group, want []Value, as func(Value) Value) node {
	wanted := make(map[Value]bool, len(want))
	for _, v := range want {
		wanted[as(v)] = true
	}
	return e.editSet(n, g, want, as, func(v Value) bool { return !wanted[as(v)] })
}

// editSet adds elements that are not there yet and removes those that drop
// chooses; each of both takes a dot.
func (e *edit) editSet(n *node, g group, add []Value, as func(Value) Value, drop func(Value) bool) node {
	before := e.w.taken
	var entries []entry
	have := make(map[Value]bool, len(g.entries))
	dropped := Value("")
	for _, old := range g.entries {
		if old.Value != setPresence && drop(old.Value) {
			if old.Value != dropped { // equal elements are neighbours
				dropped = old.Value
				e.w.Dot()
			}
			continue
		}
		entries = append(entries, old)
		have[as(old.Value)] = true
	}
	for _, v := range add {
		if !have[as(v)] {
			entries = append(entries, e.w.entry(KindSet, v))
		}
	}
	if e.w.taken == before {
		return *n
	}
	if len(entries) == 0 { // a set that survived its removal by its elements alone
		entries = append(entries, e.w.entry(KindSet, setPresence))
	}
	return n.withKind(KindSet, entries)
}

// addElement adds one element to a set, or makes a set where nothing is.
func (e *edit) addElement(n *node, v Value) (node, error) {
	g, absent, err := e.needs(n, KindSet)
	switch {
	case err != nil:
		return node{}, err
	case absent:
		set := plainSet([]Value{v})
		return e.create(&set), nil
	case len(g.entries) < len(n.entries):
		return e.editSet(n, g, []Value{v}, element, func(Value) bool { return false }), nil
	}
	from, to := locate(g.entries, v)
	if from < to {
		return *n, nil
	}
	return e.splice(n, from, to, e.w.entry(KindSet, v)), nil
}

// removeElement removes one element of a set.
func (e *edit) removeElement(n *node, v Value) (node, error) {
	g, absent, err := e.needs(n, KindSet)
	switch {
	case err != nil || absent:
		return *n, err
	case len(g.entries) < len(n.entries):
		return e.editSet(n, g, nil, element, func(have Value) bool { return equalValues(have, v) }), nil
	}
	from, to := locate(g.entries, v)
	if from == to {
		return *n, nil
	}
	e.w.Dot()
	if to-from == len(g.entries) { // a set that survived its removal by its elements alone
		return e.splice(n, from, to, e.w.entry(KindSet, setPresence)), nil
	}
	return e.splice(n, from, to), nil
}

// locate finds the entries of a set that count as the element v, or the place
// where they would be.
func locate(entries []entry, v Value) (from, to int) {
	from, _ = slices.BinarySearchFunc(entries, v, func(x entry, v Value) int {
		switch {
		case x.Value == setPresence:
			return -1
		case equalValues(x.Value, v):
			return 0
		}
		return compareValues(x.Value, v)
	})
	for to = from; to < len(entries) && equalValues(entries[to].Value, v); to++ {
	}
	return from, to
}

// splice replaces some entries of n, which has no others than those of a set.
// Thousands of operations on one set copy it once.
func (e *edit) splice(n *node, from, to int, with ...entry) node {
	out := *n
	if !e.sets[&n.entries[0]] {
		out.entries = slices.Clone(n.entries)
	}
	out.entries = slices.Replace(out.entries, from, to, with...)
	if e.sets != nil {
		e.sets[&out.entries[0]] = true
	}
	return out
}

// elementsOf are the elements of a set with these entries, each once.
func elementsOf(entries []entry) []Value {
	elements := make([]Value, 0, len(entries))
	for i := range entries {
		v := entries[i].Value
		if v != setPresence && (len(elements) == 0 || !equalValues(elements[len(elements)-1], v)) {
			elements = append(elements, v)
		}
	}
	return elements
}

// shownText is the text as which plain JSON shows bytes; another value is
// shown as itself.
func shownText(v Value) Value {
	if v[0]>>5 != majorBytes {
		return v
	}
	return Value(appendText(nil, base64.StdEncoding.EncodeToString([]byte(v.content()))))
}
