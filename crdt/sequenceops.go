package crdt

import (
	"fmt"
	"math"
)

// kindOf is the kind at n that an operation on a list or a text is for.
func (e *edit) kindOf(n *node) (Kind, error) {
	if n.ghost() {
		return 0, e.fail(ErrNoValue)
	}
	if g, ok := e.shown(n); ok && (g.kind == KindList || g.kind == KindText) {
		return g.kind, nil
	}
	return 0, e.fail(fmt.Errorf("%w: it is neither a list nor a text", ErrKind))
}

func (e *edit) insertInto(n *node, op *Op) (node, error) {
	k, err := e.kindOf(n)
	v := op.Value.p
	switch {
	case err != nil:
		return node{}, err
	case k == KindList && v == nil:
		return node{}, e.fail(fmt.Errorf("%w: a list needs a value to insert", ErrOperation))
	case k == KindText && v != nil:
		return node{}, e.fail(fmt.Errorf("%w: a text needs a text to insert", ErrOperation))
	case k == KindList:
		return e.insert(n, op.At, v)
	}
	return e.write(n, func(t *typing) error {
		at, err := t.position(op.At, op.UTF16)
		if err != nil {
			return err
		}
		return t.insert(at, op.Text)
	})
}

func (e *edit) deleteFrom(n *node, op *Op) (node, error) {
	k, err := e.kindOf(n)
	switch {
	case err != nil:
		return node{}, err
	case k == KindList:
		return e.delete(n, op.At, op.Len)
	}
	return e.write(n, func(t *typing) error {
		if op.Len < 0 || op.At > math.MaxInt-op.Len {
			return fmt.Errorf("%w: %d and %d more", ErrPosition, op.At, op.Len)
		}
		at, err := t.position(op.At, op.UTF16)
		if err != nil {
			return err
		}
		end, err := t.position(op.At+op.Len, op.UTF16)
		if err != nil {
			return err
		}
		return t.delete(at, end-at)
	})
}

func (e *edit) moveIn(n *node, op *Op) (node, error) {
	if n.ghost() {
		return node{}, e.fail(ErrNoValue)
	}
	if _, _, err := e.needs(n, KindList); err != nil {
		return node{}, err
	}
	return e.move(n, op.From, op.To)
}
