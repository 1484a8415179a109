package crdt

import (
	"errors"
	"fmt"
)

// ErrOperation is returned when an operation is unknown, lacks what it needs,
// or cannot be done at all.
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
	Text     string  // what to insert into a text, if there is no Value
	UTF16    bool    // At and Len, in a text, count UTF-16 units
}

// operations is what an operation may be, for messages.
const operations = "set, unset, incr, add, remove, insert, delete, move"

// Apply does all operations in order, or none: set puts a value as Put does,
// unset removes what is there, incr counts (and makes a counter where nothing
// is), add and remove change a set (add makes one where nothing is), insert and
// delete change a list or a text, move changes the place of an element, which
// stays the same one. An operation that changes nothing takes no dot. What it
// returns and when it fails is as for Put; the error names the path and the
// index of the operation.
func (d *Document) Apply(w *Writer, ops []Op) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		e.root = *root
		e.several(len(ops))
		for i := range ops {
			next, err := e.apply(&e.root, &ops[i])
			if err != nil {
				return node{}, numbered(err, i, ops[i].Op)
			}
			e.root = next
		}
		return e.root, nil
	})
}

// numbered says which of several operations failed.
func numbered(err error, i int, op string) error {
	var at *PathError
	if !errors.As(err, &at) {
		return err
	}
	return &PathError{at.Path, fmt.Errorf("operation %d (%s): %w", i, shorten(op), at.Err)}
}

func (e *edit) apply(root *node, op *Op) (node, error) {
	e.path = op.Path
	if err := e.check(op); err != nil {
		return node{}, err
	}
	if err := e.bounded(); err != nil {
		return node{}, err
	}
	e.strict = op.Op == "insert" || op.Op == "delete" || op.Op == "move"
	create := op.Op == "set" || op.Op == "incr" || op.Op == "add"
	return e.at(root, op.Path, 0, create, func(n *node) (node, error) {
		switch op.Op {
		case "set":
			return e.put(n, op.Value.p)
		case "incr":
			return e.incr(n, op.By)
		case "add":
			return e.addElement(n, op.Value.p.value)
		case "remove":
			return e.removeElement(n, op.Value.p.value)
		case "insert":
			return e.insertInto(n, op)
		case "delete":
			return e.deleteFrom(n, op)
		case "move":
			return e.moveIn(n, op)
		}
		return e.remove(n), nil
	})
}

// check refuses an operation that is wrong whatever the document holds.
func (e *edit) check(op *Op) error {
	v, depth := op.Value.p, len(op.Path)
	switch op.Op {
	case "set", "add", "remove":
		if v == nil {
			return e.fail(fmt.Errorf("%w: it needs a value", ErrOperation))
		}
		if op.Op == "set" {
			depth += v.depth
			break
		}
		if v.form != formScalar {
			return e.fail(fmt.Errorf("%w: an element of a set is a scalar", ErrKind))
		}
		if op.Op == "add" {
			depth++ // a set prints as an array
		}
	case "insert":
		if v != nil {
			depth += 1 + v.depth
		}
	case "unset", "incr", "delete", "move":
	default:
		return e.fail(fmt.Errorf("%w: %q is none of %s", ErrOperation, shorten(op.Op), operations))
	}
	if depth > MaxDepth {
		return e.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
	}
	return nil
}

// needs refuses an operation on a kind that it is not for.
func (e *edit) needs(n *node, k Kind) (g group, absent bool, err error) {
	if n.ghost() {
		return g, true, nil
	}
	g, ok := e.shown(n)
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
		return e.createCounter(by), nil
	}
	return e.increment(n, g.entries, sum{}.add(by))
}
