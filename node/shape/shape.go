package shape

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// ErrType is returned when values of a Go type cannot be documents: a type that
// JSON has no word for, or a tag that is unknown or does not fit its field. The
// message names the field.
var ErrType = errors.New("a Go type that cannot be a document")

// kind is what becomes of a value in a document.
type kind uint8

const (
	scalar   kind = iota // bool, number or string: a register
	bytes                // []byte: a register
	opaque               // what marshals itself: a register
	anything             // an interface or json.RawMessage: plain JSON
	whole                // any value as one register: tag lww
	counter              // integer: tag counter
	set                  // slice of scalars: tag set
	text                 // string: tag text
	pointer              // what it points to, or nothing
	list                 // slice
	mapping              // map
	object               // struct
)

// Shape is how values of one Go type become documents. It never changes.
type Shape struct {
	kind    kind
	typ     reflect.Type
	elem    *Shape   // of a pointer, set, list or mapping, and of what is written as a whole
	members []member // of an object
}

// member is one field of a struct.
type member struct {
	name      string // in the document
	index     []int  // in the struct
	shape     *Shape
	omitEmpty bool
	omitZero  bool
}

// derived are the shapes, or errors, of all types that were asked for.
var derived sync.Map // reflect.Type → outcome

type outcome struct {
	shape *Shape
	err   error
}

// Of is the shape of a type; it fails with ErrType. The work is done once for
// each type.
func Of(t reflect.Type) (*Shape, error) {
	if o, ok := derived.Load(t); ok {
		return o.(outcome).shape, o.(outcome).err
	}
	s, err := (&deriver{known: map[reflect.Type]*Shape{}}).of(t, t.String())
	o, _ := derived.LoadOrStore(t, outcome{s, err})
	return o.(outcome).shape, o.(outcome).err
}

// deriver derives the shape of one type, which may contain itself.
type deriver struct {
	known map[reflect.Type]*Shape
	flat  bool // inside of one register: tags of merging types make no sense
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	rawMessage    = reflect.TypeFor[json.RawMessage]()
	number        = reflect.TypeFor[json.Number]()
)

func fail(where, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrType, where, fmt.Sprintf(format, args...))
}

// of derives the shape of a type without a tag; where names the place.
func (d *deriver) of(t reflect.Type, where string) (*Shape, error) {
	if s := d.known[t]; s != nil {
		return s, nil
	}
	s := &Shape{typ: t}
	d.known[t] = s // for types that contain themselves
	var err error
	switch k := t.Kind(); {
	case t == rawMessage || k == reflect.Interface && t.NumMethod() == 0:
		s.kind = anything
	case k == reflect.Pointer:
		s.kind = pointer
		s.elem, err = d.of(t.Elem(), where)
		for e := s.elem; e != nil && e.kind == pointer; e = e.elem {
			if e == s {
				return nil, fail(where, "%s points to nothing but itself", t)
			}
		}
	case marshals(t) || t == number:
		s.kind = opaque
	case isScalar(k):
		s.kind = scalar
	case k == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		s.kind = bytes
	case k == reflect.Slice:
		s.kind = list
		s.elem, err = d.of(t.Elem(), where+"[]")
	case k == reflect.Map:
		s.kind = mapping
		if !isKey(t.Key().Kind()) || marshals(t.Key()) {
			return nil, fail(where, "the keys of %s are neither strings nor integers", t)
		}
		s.elem, err = d.of(t.Elem(), where+"[]")
	case k == reflect.Struct:
		s.kind = object
		err = d.members(s, t, nil, where)
	case k == reflect.Array:
		err = fail(where, "%s has a fixed length, and a list has not: use a slice", t)
	default:
		err = fail(where, "JSON has nothing like %s", t)
	}
	return s, err
}

// marshals reports whether values of t print themselves.
func marshals(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Interface && (p.Implements(marshaler) || p.Implements(textMarshaler))
}

func isScalar(k reflect.Kind) bool {
	return k == reflect.Bool || k == reflect.String || isInteger(k) || k == reflect.Float32 || k == reflect.Float64
}

func isKey(k reflect.Kind) bool { return k == reflect.String || isInteger(k) }

func isInteger(k reflect.Kind) bool {
	return reflect.Int <= k && k <= reflect.Int64 || isUnsigned(k)
}

func isUnsigned(k reflect.Kind) bool { return reflect.Uint <= k && k <= reflect.Uint64 }
