package crdt

import "fmt"

// ParseOps reads a JSON array of operations, each an object like
// {"op":"set","path":"/a/b","value":1} or {"op":"incr","path":"/n","by":2};
// values are read as ParseJSON reads them. Errors are *PathError with the path
// in this text.
func ParseOps(b []byte) ([]Op, error) {
	p, err := newParser(b)
	if err != nil {
		return nil, err
	}
	if p.peek() != '[' {
		return nil, p.fail(fmt.Errorf("%w: an array of operations is expected", ErrOperation))
	}
	var ops []Op
	err = p.elements(func() error {
		op, err := p.op()
		ops = append(ops, op)
		return err
	})
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return nil, err
	}
	return ops, nil
}

func (p *parser) op() (Op, error) {
	var op Op
	if p.peek() != '{' {
		return op, p.fail(fmt.Errorf("%w: an object is expected", ErrOperation))
	}
	p.pos++
	seen := map[string]bool{}
	err := p.members(func(name string) error {
		p.enter(name)
		if seen[name] {
			return p.fail(ErrDuplicate)
		}
		seen[name] = true
		if err := p.opMember(&op, name); err != nil {
			return err
		}
		p.leave()
		return nil
	})
	if err != nil {
		return op, err
	}
	return op, p.checkOp(op, seen)
}

func (p *parser) opMember(op *Op, name string) error {
	switch name {
	case "op", "path":
		if p.peek() != '"' {
			return p.fail(fmt.Errorf("%w: a string is expected", ErrOperation))
		}
		s, err := p.text()
		if err != nil || name == "op" {
			op.Op = s
			return err
		}
		if op.Path, err = ParsePointer(s); err != nil {
			return p.fail(err)
		}
		return nil
	case "value":
		open := p.depth
		p.depth = 0 // a value may nest as deep as a document
		v, err := p.value()
		p.depth = open
		op.Value = Plain{&v}
		return err
	case "by":
		if c := p.peek(); c == '-' || '0' <= c && c <= '9' {
			v, err := p.number()
			if err != nil {
				return err
			}
			var ok bool
			if op.By, ok = v.integer(); ok {
				return nil
			}
		}
		return p.fail(fmt.Errorf("%w: an integer is expected", ErrOperation))
	}
	return p.fail(fmt.Errorf("%w: unknown member", ErrOperation))
}

// checkOp refuses an operation without the members that it needs, and one
// with members that it would ignore.
func (p *parser) checkOp(op Op, seen map[string]bool) error {
	needs := map[string][]string{
		"set": {"value"}, "unset": nil, "incr": {"by"}, "add": {"value"}, "remove": {"value"},
	}
	members, ok := needs[op.Op]
	if !ok {
		return p.fail(fmt.Errorf("%w: %q is none of set, unset, incr, add, remove", ErrOperation, op.Op))
	}
	for _, m := range append([]string{"op", "path"}, members...) {
		if !seen[m] {
			return p.fail(fmt.Errorf("%w: %s needs %q", ErrOperation, op.Op, m))
		}
	}
	if len(seen) > 2+len(members) {
		return p.fail(fmt.Errorf("%w: %s takes only op, path%s", ErrOperation, op.Op, andMember(members)))
	}
	return nil
}

func andMember(members []string) string {
	if len(members) == 0 {
		return ""
	}
	return " and " + members[0]
}
