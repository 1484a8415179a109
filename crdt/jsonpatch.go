package crdt

import (
	"fmt"
	"slices"
)

// JSONPatch is a JSON Patch (RFC 6902). The zero value changes nothing.
type JSONPatch struct {
	steps []patchStep
}

// Len is the number of operations.
func (p JSONPatch) Len() int { return len(p.steps) }

// patchStep is one operation of a JSON Patch.
type patchStep struct {
	op         string
	path, from Pointer
	value      *plain
}

// patchMembers lists what operations of a JSON Patch need besides op and path.
var patchMembers = map[string][]string{
	"add": {"value"}, "remove": nil, "replace": {"value"}, "move": {"from"}, "copy": {"from"}, "test": {"value"},
}

// ParseJSONPatch reads a JSON Patch, an array of operations as in RFC 6902.
// Values are read as ParseJSON reads them; members that RFC 6902 does not know
// are ignored. Errors are *PathError with the path in this text: the index of
// the operation and, where it is one, the member.
func ParseJSONPatch(b []byte) (JSONPatch, error) {
	var patch JSONPatch
	err := parseOperations(b, func(p *parser) error {
		var s patchStep
		seen := map[string]bool{}
		err := p.operation(seen, func(name string) error { return p.patchMember(&s, name) })
		if err == nil {
			err = p.checkStep(&s, seen)
		}
		patch.steps = append(patch.steps, s)
		return err
	})
	if err != nil {
		return JSONPatch{}, err
	}
	return patch, nil
}

func (p *parser) patchMember(s *patchStep, name string) (err error) {
	switch name {
	case "op":
		s.op, err = p.string()
	case "path":
		s.path, err = p.pointer()
	case "from":
		s.from, err = p.pointer()
	case "value":
		s.value, err = p.inner()
	default:
		p.ignoring = true
		_, err = p.inner()
		p.ignoring = false
	}
	return err
}

// checkStep refuses an operation without the members that it needs, and one
// that no document allows.
func (p *parser) checkStep(s *patchStep, seen map[string]bool) error {
	members, ok := patchMembers[s.op]
	if !ok && seen["op"] {
		p.enter("op")
		return p.fail(fmt.Errorf("%w: %q is none of add, remove, replace, move, copy, test", ErrOperation, shorten(s.op)))
	}
	for _, m := range append([]string{"op", "path"}, members...) {
		if err := p.needs("it", m, seen); err != nil {
			return err
		}
	}
	depth := len(s.path)
	if s.value != nil {
		depth += s.value.depth
	}
	switch {
	case s.op == "move" && len(s.path) > len(s.from) && slices.Equal(s.path[:len(s.from)], s.from):
		return p.fail(fmt.Errorf("%w: %q cannot be moved into itself, to %q", ErrOperation, s.from, s.path))
	case (s.op == "add" || s.op == "replace") && depth > MaxDepth:
		return p.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
	}
	return nil
}
