package crdt

import (
	"errors"
	"fmt"
)

// ErrOperation is returned when an operation is unknown or lacks what it needs.
var ErrOperation = errors.New("invalid operation")

// Op is one typed operation. Paths lead through objects, and through lists by
// index; a set, incr or add makes the objects on its way that are missing.
// Positions in a text count code points, or UTF-16 units if UTF16 says so.
type Op struct {
	Op       string  // "set", "unset", "incr", "add", "remove", "insert", "delete" or "move"
	Path     Pointer // where
	Value    Plain   // what to set; the element to add or remove, or to insert into a list
	By       int64   // what to count up (or down) by
	At, Len  int     // where to insert; where and how many to delete
	From, To int     // move: the element's index before, and after
	Text     string  // what to insert into a text; used if there is no Value
	UTF16    bool    // At and Len, in a text, count UTF-16 units
}

// Apply does all operations in order, or none: set puts a value as Put does,
// unset removes what is there, incr counts (and makes a counter where nothing
// is), add and remove change a set (add makes one where nothing is). An
// operation that changes nothing takes no dot. What it returns and when it
// fails is as for Put; the error names the path of the operation.
func (d *Document) Apply(w *Writer, ops []Op) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		n := *root
		for i := range ops {
			next, err := e.apply(&n, &ops[i])
			if err != nil {
				return node{}, err
			}
			n = next
		}
		return n, nil
	})
}

func (e *edit) apply(root *node, op *Op) (node, error) {
	e.path = op.Path
	var v *plain
	switch op.Op {
	case "set", "add", "remove":
		if v = op.Value.p; v == nil {
			return node{}, e.fail(fmt.Errorf("%w: %s needs a value", ErrOperation, op.Op))
		}
		if op.Op != "set" && v.form != formScalar {
			return node{}, e.fail(fmt.Errorf("%w: an element of a set is a scalar", ErrKind))
		}
	case "unset", "incr":
	default:
		return node{}, e.fail(fmt.Errorf("%w: %q is none of set, unset, incr, add, remove", ErrOperation, op.Op))
	}
	depth := len(op.Path)
	switch op.Op {
	case "set":
		depth += v.depth
	case "add":
		depth++ // a set prints as an array
	}
	if depth > MaxDepth {
		return node{}, e.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
	}
	create := op.Op != "unset" && op.Op != "remove"
	return e.at(root, op.Path, 0, create, func(n *node) (node, error) {
		switch op.Op {
		case "set":
			return e.put(n, v)
		case "incr":
			return e.incr(n, op.By)
		case "add":
			return e.addElement(n, v.value)
		case "remove":
			return e.removeElement(n, v.value)
		}
		return e.remove(n), nil
	})
}

// at replaces what is at path[i:] below n by what fn makes of it. Objects that
// are missing on the way are made, or, if they are not to be, nothing happens.
func (e *edit) at(n *node, path Pointer, i int, create bool, fn func(*node) (node, error)) (node, error) {
	e.path = path[:i:i] // whoever goes on appends to a copy
	if i == len(path) {
		return fn(n)
	}
	g, ok := n.shown()
	if !n.empty() && (!ok || g.kind != KindMap) {
		return node{}, e.fail(fmt.Errorf("%w: it is no object", ErrKind))
	}
	name, before, out := path[i], e.w.taken, *n
	at, found := n.find(name)
	child := &noNode
	switch {
	case found:
		child = &n.fields[at].node
	case !create:
		return *n, nil
	case !validName(name):
		e.path = append(e.path, name)
		return node{}, e.fail(fmt.Errorf("%w: a literal key is written %q", ErrTag, "$"+name))
	case n.empty():
		out.entries = []entry{e.w.entry(KindMap, valueNull)}
	}
	next, err := e.at(child, path, i+1, create, fn)
	if err != nil {
		return node{}, err
	}
	if e.w.taken == before {
		return *n, nil
	}
	return e.keepMap(out.with(at, found, name, next)), nil
}

// needs refuses an operation on a kind that it is not for.
func (e *edit) needs(n *node, k Kind) (g group, absent bool, err error) {
	if n.empty() {
		return g, true, nil
	}
	g, ok := n.shown()
	if !ok || g.kind != k {
		return g, false, e.fail(fmt.Errorf("%w: it is no %s", ErrKind, k))
	}
	return g, false, nil
}

func (e *edit) incr(n *node, by int64) (node, error) {
	g, absent, err := e.needs(n, KindCounter)
	switch {
	case err != nil:
		return node{}, err
	case absent:
		return node{entries: []entry{e.w.entry(KindCounter, intValue(by))}}, nil
	}
	return e.increment(n, g.entries, sum{}.add(by))
}

func (e *edit) addElement(n *node, v Value) (node, error) {
	g, absent, err := e.needs(n, KindSet)
	switch {
	case err != nil:
		return node{}, err
	case absent:
		return e.create(&plain{form: formSet, elements: []Value{v}}), nil
	}
	return e.editSet(n, g, []Value{v}, element, func(Value) bool { return false }), nil
}

func (e *edit) removeElement(n *node, v Value) (node, error) {
	g, absent, err := e.needs(n, KindSet)
	if err != nil || absent {
		return *n, err
	}
	return e.editSet(n, g, nil, element, func(have Value) bool { return equalValues(have, v) }), nil
}
