package shape

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt"
)

// Encode says what a value of the Shape's type is in a document. It fails with
// a *crdt.PathError: of crdt.ErrNumber for a number that no document can hold,
// crdt.ErrJSON for a string that is not UTF-8, crdt.ErrDepth, and whatever a
// MarshalJSON fails with.
func (s *Shape) Encode(v reflect.Value) (Tree, error) {
	e := &encoder{}
	out, there, err := e.value(s, v)
	if err != nil {
		return Tree{}, &crdt.PathError{Path: e.path.String(), Err: err}
	}
	return Tree{there, out}, nil
}

// encoder knows where it is; on an error it stays there.
type encoder struct {
	path crdt.Pointer
}

// at encodes what is below a name.
func (e *encoder) at(name string, s *Shape, v reflect.Value) (out any, there bool, err error) {
	if e.path = append(e.path, name); len(e.path) > crdt.MaxDepth {
		return nil, false, fmt.Errorf("%w: more than %d objects and arrays", crdt.ErrDepth, crdt.MaxDepth)
	}
	if out, there, err = e.value(s, v); err == nil {
		e.path = e.path[:len(e.path)-1]
	}
	return out, there, err
}

// value encodes v; it is not there if it is nil.
func (e *encoder) value(s *Shape, v reflect.Value) (out any, there bool, err error) {
	switch s.kind {
	case pointer, list, set, mapping, bytes, anything:
		if v.IsNil() {
			return nil, false, nil
		}
	}
	switch s.kind {
	case pointer:
		return e.value(s.elem, v.Elem())
	case list, set:
		out, err = e.elements(s, v)
	case mapping:
		out, err = e.mapping(s, v)
	case bytes:
		out = map[string]any{bytesTag: base64.StdEncoding.EncodeToString(v.Bytes())}
	case anything:
		out, err = marshal(v)
	case opaque:
		out, err = marshal(v)
		out = register(out)
	case whole:
		out, there, err = e.value(s.elem, v)
		return register(inRegister(kept(out))), there, err
	case object:
		out, err = e.object(s, v)
	case counter:
		out, err = scalarOf(v)
		out = map[string]any{counterTag: out}
	case text:
		out, err = scalarOf(v)
		out = map[string]any{textTag: out}
	default:
		out, err = scalarOf(v)
	}
	return out, true, err
}

func (e *encoder) elements(s *Shape, v reflect.Value) (any, error) {
	out := make([]any, v.Len())
	for i := range out {
		x, _, err := e.at(strconv.Itoa(i), s.elem, v.Index(i))
		if err != nil {
			return nil, err
		}
		out[i] = x
	}
	if s.kind == set {
		return map[string]any{setTag: out}, nil
	}
	return out, nil
}

func (e *encoder) mapping(s *Shape, v reflect.Value) (any, error) {
	out := make(map[string]any, v.Len())
	for i := v.MapRange(); i.Next(); {
		name, err := scalarOf(i.Key())
		if err != nil {
			return nil, err
		}
		key := escaped(fmt.Sprint(name))
		x, _, err := e.at(key, s.elem, i.Value())
		if err != nil {
			return nil, err
		}
		out[key] = x
	}
	return out, nil
}

func (e *encoder) object(s *Shape, v reflect.Value) (any, error) {
	out := make(map[string]any, len(s.members))
	for i := range s.members {
		m := &s.members[i]
		f := v.FieldByIndex(m.index)
		x, there, err := e.at(m.name, m.shape, f)
		switch {
		case err != nil:
			return nil, err
		case there && m.omits(f):
			out[m.name] = omitted{x}
		case there:
			out[m.name] = x
		}
	}
	return out, nil
}

// omits reports whether the tag leaves out the value.
func (m *member) omits(v reflect.Value) bool {
	if m.omitZero {
		if z, ok := v.Interface().(interface{ IsZero() bool }); ok && z.IsZero() || v.IsZero() {
			return true
		}
	}
	if !m.omitEmpty {
		return false
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// marshal is what a value prints of itself.
func marshal(v reflect.Value) (any, error) {
	if v.CanAddr() {
		v = v.Addr() // for methods of the pointer
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	out, err := parse(b)
	return literal(out), err
}

// inRegister is a Tree as the value of one register: of its tags only bytes are
// left.
func inRegister(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if inner, ok := v[registerTag]; ok {
			return inRegister(inner)
		}
		out := make(map[string]any, len(v))
		for name, m := range v {
			out[name] = inRegister(m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = inRegister(v[i])
		}
		return out
	}
	return v
}
