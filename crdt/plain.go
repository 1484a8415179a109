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
	formScalar   form = iota // null, bool, number, string, {"$bytes":…}
	formList                 // […]
	formObject               // {…}
	formCounter              // {"$counter":n}
	formSet                  // {"$set":[…]}
	formText                 // {"$text":"…"}
	formRegister             // {"$register":…}
)

type plain struct {
	form   form
	typed  bool         // it has a tag that a value inside a register cannot have
	depth  int          // nested objects and arrays in it
	value  Value        // of a scalar and a register; a counter's number; a text's string
	fields []plainField // of an object, sorted by name
	items  []plain      // of a list; of a set, sorted, none twice
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

// isText reports whether it is a string, tagged or not.
func (p *plain) isText() bool {
	return p.form == formText || p.form == formScalar && p.value[0]>>5 == majorText
}

// isFlat reports whether all items are scalars.
func (p *plain) isFlat() bool {
	return !slices.ContainsFunc(p.items, func(item plain) bool { return item.form != formScalar })
}

// elements are the items, which are scalars, as elements of a set.
func (p *plain) elements() []Value {
	elements := make([]Value, len(p.items))
	for i := range p.items {
		elements[i] = p.items[i].value
	}
	return setOf(elements)
}

// whole is the value as a register holds it; it is not typed.
func (p *plain) whole() Value {
	if p.form == formList || p.form == formObject {
		return Value(p.appendWhole(nil))
	}
	return p.value
}

func (p *plain) appendWhole(b []byte) []byte {
	switch p.form {
	case formObject:
		b = appendHead(b, majorMap, uint64(len(p.fields)))
		for i := range p.fields {
			b = p.fields[i].plain.appendWhole(appendText(b, p.fields[i].name))
		}
		return b
	case formList:
		b = appendHead(b, majorArray, uint64(len(p.items)))
		for i := range p.items {
			b = p.items[i].appendWhole(b)
		}
		return b
	}
	return append(b, p.value...)
}

// setOf returns the elements sorted, each once; of elements that count the
// same (1 and 1.0) the first in order stays.
func setOf(elements []Value) []Value {
	slices.SortFunc(elements, compareValues)
	return slices.CompactFunc(elements, equalValues)
}
