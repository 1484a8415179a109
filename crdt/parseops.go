package crdt

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseOps reads a JSON array of operations, each an object like
// {"op":"set","path":"/a/b","value":1}, {"op":"incr","path":"/n","by":2},
// {"op":"insert","path":"/t","at":0,"text":"x"} (into a list "value"),
// {"op":"delete","path":"/t","at":0,"len":1} or
// {"op":"move","path":"/l","from":0,"to":2}; values are read as ParseJSON reads
// them. Errors are *PathError with the path in this text.
func ParseOps(b []byte) ([]Op, error) {
	var ops []Op
	err := parseOperations(b, func(p *parser) error {
		var op Op
		seen := map[string]bool{}
		err := p.operation(seen, func(name string) error { return p.opMember(&op, name) })
		if err == nil {
			err = p.checkOp(op, seen)
		}
		ops = append(ops, op)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ops, nil
}

// parseOperations reads an array and calls fn at each element.
func parseOperations(b []byte, fn func(p *parser) error) error {
	p, err := newParser(b)
	if err != nil {
		return err
	}
	if p.peek() != '[' {
		return p.fail(fmt.Errorf("%w: an array of operations is expected", ErrOperation))
	}
	if err := p.elements(func() error { return fn(p) }); err != nil {
		return err
	}
	return p.end()
}

// operation reads one object, calls fn at the value of each member, and notes
// the names that it has seen.
func (p *parser) operation(seen map[string]bool, fn func(name string) error) error {
	if p.peek() != '{' {
		return p.fail(fmt.Errorf("%w: an object is expected", ErrOperation))
	}
	p.pos++
	return p.members(func(name string) error {
		p.enter(name)
		if seen[name] {
			return p.fail(ErrDuplicate)
		}
		seen[name] = true
		if err := fn(name); err != nil {
			return err
		}
		p.leave()
		return nil
	})
}

func (p *parser) opMember(op *Op, name string) (err error) {
	switch name {
	case "op":
		op.Op, err = p.string()
	case "text":
		op.Text, err = p.string()
	case "path":
		op.Path, err = p.pointer()
	case "value":
		op.Value.p, err = p.inner()
	case "by":
		op.By, err = p.integer()
	case "at":
		op.At, err = p.int()
	case "len":
		op.Len, err = p.int()
	case "from":
		op.From, err = p.int()
	case "to":
		op.To, err = p.int()
	default:
		err = p.fail(fmt.Errorf("%w: unknown member", ErrOperation))
	}
	return err
}

func (p *parser) string() (string, error) {
	if p.peek() != '"' {
		return "", p.fail(fmt.Errorf("%w: a string is expected", ErrOperation))
	}
	return p.text()
}

func (p *parser) pointer() (Pointer, error) {
	s, err := p.string()
	if err != nil {
		return nil, err
	}
	path, err := ParsePointer(s)
	if err != nil {
		return nil, p.fail(err)
	}
	return path, nil
}

// inner reads a value, which may nest as deep as a document.
func (p *parser) inner() (*plain, error) {
	open := p.depth
	p.depth = 0
	v, err := p.value()
	p.depth = open
	return &v, err
}

func (p *parser) integer() (int64, error) {
	if c := p.peek(); c == '-' || '0' <= c && c <= '9' {
		v, err := p.number()
		if err != nil {
			return 0, err
		}
		if i, ok := v.integer(); ok {
			return i, nil
		}
	}
	return 0, p.fail(fmt.Errorf("%w: an integer is expected", ErrOperation))
}

// int reads a position, which is refused here only if no list can have it.
func (p *parser) int() (int, error) {
	i, err := p.integer()
	if err == nil && (i < math.MinInt32 || i > math.MaxInt32) {
		err = p.fail(fmt.Errorf("%w: %d", ErrPosition, i))
	}
	return int(i), err
}

// opMembers lists what operations need besides op and path; one of those
// joined by | is enough.
var opMembers = map[string][]string{
	"set": {"value"}, "unset": nil, "incr": {"by"}, "add": {"value"}, "remove": {"value"},
	"insert": {"at", "value|text"}, "delete": {"at", "len"}, "move": {"from", "to"},
}

// checkOp refuses an operation without the members that it needs, and one
// with members that it would ignore.
func (p *parser) checkOp(op Op, seen map[string]bool) error {
	members, ok := opMembers[op.Op]
	if !ok {
		return p.fail(fmt.Errorf("%w: %q is none of %s", ErrOperation, shorten(op.Op), operations))
	}
	members = append([]string{"op", "path"}, members...)
	for _, m := range members {
		if err := p.needs(op.Op, m, seen); err != nil {
			return err
		}
	}
	if len(seen) > len(members) {
		return p.fail(fmt.Errorf("%w: %s takes only %s", ErrOperation, op.Op, strings.Join(members, ", ")))
	}
	return nil
}

// needs refuses an operation without a member.
func (p *parser) needs(op, member string, seen map[string]bool) error {
	for m := range strings.SplitSeq(member, "|") {
		if seen[m] {
			return nil
		}
	}
	return p.fail(fmt.Errorf("%w: %s needs %s", ErrOperation, op, strings.ReplaceAll(strconv.Quote(member), "|", `" or "`)))
}
