package crdt

import (
	"fmt"
	"slices"
)

// at replaces what is at path[i:] below n by what fn makes of it. Objects that
// are missing on the way are made if create says so; if not, nothing happens,
// or, if the edit is strict, that is ErrNoValue.
func (e *edit) at(n *node, path Pointer, i int, create bool, fn func(*node) (node, error)) (node, error) {
	e.path = path[:i:i] // whoever goes on appends to a copy
	if i == len(path) {
		return fn(n)
	}
	here := n
	if n.ghost() {
		here = &noNode
	}
	switch g, ok := e.shown(here); {
	case here.empty() && !create:
		e.path = path[: i+1 : i+1]
		return *n, e.missing()
	case here.empty() || ok && g.kind == KindMap:
		return e.atField(n, here, path, i, create, fn)
	case ok && g.kind == KindList:
		return e.atElement(n, path, i, create, fn)
	}
	return node{}, e.fail(fmt.Errorf("%w: it is neither an object nor a list", ErrKind))
}

// missing is the error for a path at which there is nothing.
func (e *edit) missing() error {
	if e.strict {
		return e.fail(ErrNoValue)
	}
	return nil
}

func (e *edit) atField(n, here *node, path Pointer, i int, create bool, fn func(*node) (node, error)) (node, error) {
	name, before, out := path[i], e.w.taken, *here
	at, found := here.find(name)
	child := &noNode
	switch {
	case found && !here.fields[at].node.ghost():
		child = &here.fields[at].node
	case !create:
		e.path = append(e.path, name)
		return *n, e.missing()
	case !validName(name):
		e.path = append(e.path, name)
		return node{}, e.fail(fmt.Errorf("%w: a literal key is written %q", ErrTag, "$"+name))
	case here.empty():
		out.entries = []entry{e.w.entry(KindMap, valueNull)}
	}
	next, err := e.at(child, path, i+1, create, fn)
	if err != nil {
		return node{}, err
	}
	if e.w.taken == before {
		return *n, nil
	}
	return e.keepMap(e.with(out, at, found, name, next)), nil
}

func (e *edit) atElement(n *node, path Pointer, i int, create bool, fn func(*node) (node, error)) (node, error) {
	before, items := e.w.taken, e.items(n)
	k, err := e.index(path[:i], path[i], len(items))
	if err != nil {
		return node{}, err
	}
	value, err := e.at(&items[k].node, path, i+1, create, fn)
	if err != nil || e.w.taken == before {
		return *n, err
	}
	return e.replace(n, k, value), nil
}

// with is n.with, but does not copy fields that this edit has copied before:
// thousands of operations on one object copy it once.
func (e *edit) with(n node, i int, found bool, name string, child node) node {
	out := n
	switch {
	case len(n.fields) == 0 || !e.owned[&n.fields[0]]:
		out = n.with(i, found, name, child)
	case found && child.empty():
		out.fields = slices.Delete(n.fields, i, i+1)
	case found:
		n.fields[i].node = child
	default:
		out.fields = slices.Insert(n.fields, i, field{name, child})
	}
	if e.owned != nil && len(out.fields) > 0 {
		e.owned[&out.fields[0]] = true
	}
	return out
}

// look returns what is at path.
func (e *edit) look(n *node, path Pointer) (*node, error) {
	for i, token := range path {
		e.path = path[: i+1 : i+1]
		switch g, ok := e.shown(n); {
		case ok && g.kind == KindMap:
			at, found := n.find(token)
			if !found {
				return nil, e.fail(ErrNoValue)
			}
			n = &n.fields[at].node
		case ok && g.kind == KindList:
			items := e.items(n)
			k, err := e.index(path[:i], token, len(items))
			if err != nil {
				return nil, err
			}
			n = &items[k].node
		case n.ghost():
			return nil, e.fail(ErrNoValue)
		default:
			e.path = path[:i:i]
			return nil, e.fail(fmt.Errorf("%w: it is neither an object nor a list", ErrKind))
		}
	}
	e.path = path
	if n.ghost() {
		return nil, e.fail(ErrNoValue)
	}
	return n, nil
}
