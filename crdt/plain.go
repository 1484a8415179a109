package crdt

import "slices"

// Plain is one JSON value as an edit takes it in, with its $-tags understood.
// The zero value is no value at all. A Plain never changes.
type Plain struct{ p *plain }

// IsZero reports whether there is no value.
func (p Plain) IsZero() bool { return p.p == nil }

// form is what a plain value is, before anything is known about the place it
// goes to.
type form uint8

const (
	formScalar form = iota // null, bool, number, string, {"$bytes":…}
	formArray
	formObject
	formCounter // {"$counter":n}
	formSet     // {"$set":[…]}
)

type plain struct {
	form     form
	depth    int          // nested objects and arrays in it
	value    Value        // a scalar; an array as a whole; a counter's number
	fields   []plainField // of an object, sorted by name
	elements []Value      // of a set, sorted, none twice
}

type plainField struct {
	name  string
	plain plain
}

// get returns the field of an object, or nil.
func (p *plain) get(name string) *plain {
	i, ok := slices.BinarySearchFunc(p.fields, name, func(f plainField, name string) int {
		return compareNames(f.name, name)
	})
	if !ok {
		return nil
	}
	return &p.fields[i].plain
}

func (p *plain) isNull() bool { return p.form == formScalar && p.value == valueNull }

// appendValue appends the value as CBOR, as it stands inside an array.
func (p *plain) appendValue(b []byte) []byte {
	if p.form != formObject {
		return append(b, p.value...)
	}
	b = appendHead(b, majorMap, uint64(len(p.fields)))
	for i := range p.fields {
		b = appendText(b, p.fields[i].name)
		b = p.fields[i].plain.appendValue(b)
	}
	return b
}

// setOf returns the elements sorted, each once; of elements that count the
// same (1 and 1.0) the first in order stays.
func setOf(elements []Value) []Value {
	slices.SortFunc(elements, compareValues)
	return slices.CompactFunc(elements, equalValues)
}
