package shape

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// members derives the fields of a struct, those of embedded structs without a
// name of their own included, as encoding/json does it: of two with one name
// the one that is less deep counts.
func (d *deriver) members(s *Shape, t reflect.Type, index []int, where string) error {
	var embedded []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-":
			continue
		case f.Anonymous && name == "" && isEmbedded(f.Type):
			embedded = append(embedded, f)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		m, err := d.member(f, name, options, where+"."+f.Name)
		if err != nil {
			return err
		}
		m.index = append(slices.Clone(index), i)
		if at := slices.IndexFunc(s.members, func(o member) bool { return o.name == m.name }); at >= 0 {
			if len(s.members[at].index) == len(m.index) {
				return fail(where+"."+f.Name, "two fields are called %q", name)
			}
			continue // this one is deeper
		}
		s.members = append(s.members, m)
	}
	for _, f := range embedded { // after what is less deep
		if f.Type.Kind() == reflect.Pointer {
			return fail(where+"."+f.Name, "an embedded pointer: give the field a name in its json tag, or embed the struct")
		}
		if err := d.members(s, f.Type, append(slices.Clone(index), f.Index...), where+"."+f.Name); err != nil {
			return err
		}
	}
	return nil
}

// isEmbedded reports whether the fields of t are those of the struct around it.
func isEmbedded(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && !marshals(t)
}

// member derives one field.
func (d *deriver) member(f reflect.StructField, name, options, where string) (member, error) {
	m := member{name: escaped(name)}
	if !utf8.ValidString(name) {
		return m, fail(where, "its name is not UTF-8")
	}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "omitempty":
			m.omitEmpty = true
		case "omitzero":
			m.omitZero = true
		default:
			return m, fail(where, "the option %q of its json tag is not supported", option)
		}
	}
	var err error
	m.shape, err = d.tagged(f.Type, f.Tag.Get("crdt"), where)
	return m, err
}

// tagged derives the shape that a crdt tag asks for.
func (d *deriver) tagged(t reflect.Type, tag, where string) (*Shape, error) {
	if tag == "" {
		return d.of(t, where)
	}
	if d.flat {
		return nil, fail(where, "the tag crdt:%q is inside of what is one register as a whole", tag)
	}
	if t.Kind() == reflect.Pointer && tag != "lww" {
		elem, err := d.tagged(t.Elem(), tag, where)
		return &Shape{kind: pointer, typ: t, elem: elem}, err
	}
	k := t.Kind()
	isList := k == reflect.Slice && !marshals(t) && t.Elem().Kind() != reflect.Uint8
	switch {
	case tag == "counter" && isInteger(k) && !marshals(t):
		return &Shape{kind: counter, typ: t}, nil
	case tag == "counter":
		return nil, fail(where, "a counter is an integer, not %s", t)
	case tag == "text" && k == reflect.String && !marshals(t):
		return &Shape{kind: text, typ: t}, nil
	case tag == "text":
		return nil, fail(where, "a text is a string, not %s", t)
	case tag == "list" && isList:
		return d.of(t, where)
	case tag == "list":
		return nil, fail(where, "a list is a slice, not %s", t)
	case tag == "set" && isList:
		elem, err := d.of(t.Elem(), where+"[]")
		if err == nil && elem.kind != scalar && elem.kind != opaque {
			err = fail(where, "the elements of a set are scalars, not %s", t.Elem())
		}
		return &Shape{kind: set, typ: t, elem: elem}, err
	case tag == "set":
		return nil, fail(where, "a set is a slice, not %s", t)
	case tag == "lww":
		elem, err := (&deriver{known: map[reflect.Type]*Shape{}, flat: true}).of(t, where)
		return &Shape{kind: whole, typ: t, elem: elem}, err
	}
	return nil, fail(where, "the tag crdt:%q is none of counter, set, text, list, lww", tag)
}

// escaped is a name as documents have it: a literal $ at its front is doubled.
func escaped(name string) string {
	if strings.HasPrefix(name, "$") {
		return "$" + name
	}
	return name
}

// unescaped is the literal name.
func unescaped(name string) string {
	if strings.HasPrefix(name, "$$") {
		return name[1:]
	}
	return name
}
