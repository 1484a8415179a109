package shape

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt"
)

// Decode sets v, which must be settable, to what a document says, given as JSON
// with $-tags. It fails with a *crdt.PathError of crdt.ErrKind where the
// document has something that the type cannot hold. What v was is overwritten.
func (s *Shape) Decode(typed []byte, v reflect.Value) error {
	tree, err := parse(typed)
	if err != nil {
		return err
	}
	d := &decoder{}
	if err := d.value(s, tree, v); err != nil {
		return &crdt.PathError{Path: d.path.String(), Err: err}
	}
	return nil
}

// decoder knows where it is; on an error it stays there.
type decoder struct {
	path crdt.Pointer
}

func (d *decoder) at(name string, s *Shape, from any, v reflect.Value) error {
	d.path = append(d.path, name)
	err := d.value(s, from, v)
	if err == nil {
		d.path = d.path[:len(d.path)-1]
	}
	return err
}

func (d *decoder) value(s *Shape, from any, v reflect.Value) error {
	if from == nil && s.kind != opaque {
		v.SetZero()
		return nil
	}
	switch s.kind {
	case pointer:
		p := reflect.New(s.typ.Elem())
		v.Set(p)
		return d.value(s.elem, from, p.Elem())
	case whole:
		return d.value(s.elem, untag(from), v)
	case opaque, anything:
		return unmarshal(from, v)
	case bytes:
		return decodeBytes(from, v)
	case list, set:
		return d.elements(s, from, v)
	case mapping:
		return d.mapping(s, from, v)
	case object:
		return d.object(s, from, v)
	}
	return setScalar(untag(from), v)
}

func (d *decoder) elements(s *Shape, from any, v reflect.Value) error {
	all, ok := untag(from).([]any)
	if !ok {
		return mismatch(from, s.typ)
	}
	out := reflect.MakeSlice(s.typ, len(all), len(all))
	for i := range all {
		if err := d.at(strconv.Itoa(i), s.elem, all[i], out.Index(i)); err != nil {
			return err
		}
	}
	v.Set(out)
	return nil
}

func (d *decoder) mapping(s *Shape, from any, v reflect.Value) error {
	all, ok := untag(from).(map[string]any)
	if !ok {
		return mismatch(from, s.typ)
	}
	out := reflect.MakeMapWithSize(s.typ, len(all))
	for name, m := range all {
		key, elem := reflect.New(s.typ.Key()).Elem(), reflect.New(s.typ.Elem()).Elem()
		if err := setKey(unescaped(name), key); err != nil {
			d.path = append(d.path, name)
			return err
		}
		if err := d.at(name, s.elem, m, elem); err != nil {
			return err
		}
		out.SetMapIndex(key, elem)
	}
	v.Set(out)
	return nil
}

func (d *decoder) object(s *Shape, from any, v reflect.Value) error {
	all, ok := untag(from).(map[string]any)
	if !ok {
		return mismatch(from, s.typ)
	}
	v.SetZero()
	for i := range s.members {
		m := &s.members[i]
		x, ok := all[m.name]
		if !ok {
			continue
		}
		if err := d.at(m.name, m.shape, x, v.FieldByIndex(m.index)); err != nil {
			return err
		}
	}
	return nil
}

func decodeBytes(from any, v reflect.Value) error {
	s, ok := untag(from).(string)
	if !ok {
		return mismatch(from, v.Type())
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return fmt.Errorf("%w: it is no base64", crdt.ErrKind)
	}
	v.SetBytes(b)
	return nil
}

// unmarshal lets a value read itself.
func unmarshal(from any, v reflect.Value) error {
	b, err := print(plain(from))
	if err != nil {
		return err
	}
	v.SetZero()
	if err := json.Unmarshal(b, v.Addr().Interface()); err != nil {
		return fmt.Errorf("%w: %w", crdt.ErrKind, err)
	}
	return nil
}
