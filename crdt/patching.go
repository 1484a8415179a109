package crdt

import (
	"bytes"
	"fmt"
	"slices"
)

// JSONPatch applies a JSON Patch, all of it or nothing. A test compares what
// plain JSON shows here and now. A replaced value keeps its type as with Put;
// an element that moves within its list stays the same element, so that what
// others do to it at the same time happens at its new place; any other move,
// and a copy, makes a new value of the same type. What it returns is as for
// Put; errors are *PathError with the path in the document and the index of
// the operation: ErrTest if a test fails, ErrNoValue, ErrPosition and ErrPointer
// if a path leads nowhere, ErrKind if it leads into what has no inside.
func (d *Document) JSONPatch(w *Writer, p JSONPatch) (*Document, bool, error) {
	return d.run(w, func(e *edit, root *node) (node, error) {
		n := *root
		e.several(len(p.steps))
		for i := range p.steps {
			e.strict = true
			next, err := e.step(&n, &p.steps[i])
			if err != nil {
				return node{}, numbered(err, i, p.steps[i].op)
			}
			n = next
		}
		return n, nil
	})
}

func (e *edit) step(root *node, s *patchStep) (node, error) {
	e.path = s.path
	if err := e.bounded(); err != nil {
		return node{}, err
	}
	switch s.op {
	case "add":
		return e.addAt(root, s.path, s.value)
	case "remove":
		return e.removeAt(root, s.path)
	case "replace":
		return e.at(root, s.path, 0, false, func(n *node) (node, error) {
			if n.ghost() {
				return node{}, e.fail(ErrNoValue)
			}
			return e.put(n, s.value)
		})
	case "test":
		return *root, e.test(root, s)
	}
	from, err := e.look(root, s.from)
	if err != nil {
		return node{}, err
	}
	if s.op == "copy" {
		return e.addCopy(root, from, s.path)
	}
	return e.moveTo(root, from, s)
}

// test compares without regard to types: {"$counter":1} is 1.
func (e *edit) test(root *node, s *patchStep) error {
	n, err := e.look(root, s.path)
	if err != nil {
		return err
	}
	if !bytes.Equal(e.appendSeen(nil, n), s.value.appendSeen(nil)) {
		return e.fail(ErrTest)
	}
	return nil
}

// addAt adds a field or element, or replaces the field or the whole document.
func (e *edit) addAt(root *node, path Pointer, v *plain) (node, error) {
	if len(path)+v.depth > MaxDepth {
		e.path = path
		return node{}, e.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
	}
	if len(path) == 0 {
		e.path = nil
		return e.put(root, v)
	}
	last := len(path) - 1
	return e.at(root, path[:last], 0, false, func(n *node) (node, error) {
		if n.ghost() {
			return node{}, e.fail(ErrNoValue)
		}
		if g, ok := e.shown(n); ok && g.kind == KindList {
			have := len(e.items(n))
			i, err := have, error(nil)
			if path[last] != "-" {
				i, err = e.index(path[:last], path[last], have+1)
			}
			if err != nil {
				return node{}, err
			}
			return e.insert(n, i, v)
		}
		return e.at(n, path, last, true, func(n *node) (node, error) { return e.put(n, v) })
	})
}

func (e *edit) removeAt(root *node, path Pointer) (node, error) {
	return e.at(root, path, 0, false, func(n *node) (node, error) {
		if n.ghost() {
			return node{}, e.fail(ErrNoValue)
		}
		return e.remove(n), nil
	})
}

// addCopy adds a copy of what is at from.
func (e *edit) addCopy(root, from *node, path Pointer) (node, error) {
	v := e.plainOf(from)
	if e.copied += v.size(); e.copied > MaxDocument {
		return node{}, e.fail(fmt.Errorf("%w: the patch copies more than %d bytes", ErrTooLarge, MaxDocument))
	}
	return e.addAt(root, path, &v)
}

// moveTo moves what is at from. The parser has made sure that it does not go
// into itself.
func (e *edit) moveTo(root, from *node, s *patchStep) (node, error) {
	if slices.Equal(s.from, s.path) {
		return *root, nil
	}
	last := len(s.from) - 1
	if last >= 0 && len(s.path) == len(s.from) && slices.Equal(s.from[:last], s.path[:last]) {
		list, err := e.look(root, s.from[:last])
		if err != nil {
			return node{}, err
		}
		if g, _ := e.shown(list); g.kind == KindList {
			return e.moveWithin(root, s)
		}
	}
	v := e.plainOf(from)
	if e.moved += v.size(); e.moved > maxMoved {
		return node{}, e.fail(fmt.Errorf("%w: the patch moves more than %d bytes from one place to another", ErrTooLarge, maxMoved))
	}
	removed, err := e.removeAt(root, s.from)
	if err != nil {
		return node{}, err
	}
	return e.addAt(&removed, s.path, &v)
}

// moveWithin moves an element within its list.
func (e *edit) moveWithin(root *node, s *patchStep) (node, error) {
	last := len(s.from) - 1
	return e.at(root, s.from[:last], 0, false, func(list *node) (node, error) {
		have := len(e.items(list))
		from, err := e.index(s.from[:last], s.from[last], have)
		to := have - 1
		if err == nil && s.path[last] != "-" {
			to, err = e.index(s.path[:last], s.path[last], have)
		}
		if err != nil {
			return node{}, err
		}
		return e.move(list, from, to)
	})
}
