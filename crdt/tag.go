package crdt

import (
	"encoding/base64"
	"fmt"
)

// tag reads the rest of an object whose first key is a tag.
func (p *parser) tag(name string) (v plain, err error) {
	switch name {
	case "$bytes", "$counter", "$set", "$text", "$register":
	default:
		return plain{}, p.fail(fmt.Errorf("%w: %s is unknown; a literal key is written %q", ErrTag, shorten(name), "$"+shorten(name)))
	}
	if p.inRegister && name != "$bytes" {
		return plain{}, p.fail(fmt.Errorf("%w: %s cannot be inside $register", ErrTag, name))
	}
	if err := p.colon(); err != nil {
		return plain{}, err
	}
	switch name {
	case "$bytes":
		v, err = p.bytesTag()
	case "$counter":
		v, err = p.counterTag()
	case "$set":
		v, err = p.setTag()
	case "$text":
		v, err = p.textTag()
	case "$register":
		v, err = p.registerTag()
	}
	if err != nil {
		return plain{}, err
	}
	if p.peek() != '}' {
		return plain{}, p.fail(fmt.Errorf("%w: %s must be the only key of its object", ErrTag, name))
	}
	p.pos++
	return v, nil
}

func (p *parser) bytesTag() (plain, error) {
	if p.peek() != '"' {
		return plain{}, p.fail(fmt.Errorf("%w: $bytes takes a base64 string", ErrTag))
	}
	s, err := p.text()
	if err != nil {
		return plain{}, err
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return plain{}, p.fail(fmt.Errorf("%w: $bytes takes a base64 string: %w", ErrTag, err))
	}
	return plain{value: Value(appendBytes(nil, string(b)))}, nil
}

func (p *parser) counterTag() (plain, error) {
	if c := p.peek(); c != '-' && (c < '0' || c > '9') {
		return plain{}, p.fail(fmt.Errorf("%w: $counter takes an integer", ErrTag))
	}
	v, err := p.number()
	if err != nil {
		return plain{}, err
	}
	i, ok := v.integer()
	if !ok {
		return plain{}, p.fail(fmt.Errorf("%w: $counter takes an integer", ErrTag))
	}
	return plain{form: formCounter, typed: true, value: intValue(i)}, nil
}

func (p *parser) setTag() (plain, error) {
	if p.peek() != '[' {
		return plain{}, p.fail(fmt.Errorf("%w: $set takes an array", ErrTag))
	}
	var elements []Value
	err := p.elements(func() error {
		v, err := p.value()
		if err == nil && v.form != formScalar {
			err = p.fail(fmt.Errorf("%w: $set takes an array of scalars", ErrTag))
		}
		elements = append(elements, v.value)
		return err
	})
	if err != nil {
		return plain{}, err
	}
	return plainSet(setOf(elements)), nil
}

// plainSet is the set with these elements, which are sorted.
func plainSet(elements []Value) plain {
	out := plain{form: formSet, typed: true, depth: 1, items: make([]plain, len(elements))}
	for i, v := range elements {
		out.items[i].value = v
	}
	return out
}

func (p *parser) textTag() (plain, error) {
	if p.peek() != '"' {
		return plain{}, p.fail(fmt.Errorf("%w: $text takes a string", ErrTag))
	}
	s, err := p.text()
	return plain{form: formText, typed: true, value: Value(appendText(nil, s))}, err
}

// registerTag reads any value; arrays and objects in it have no type.
func (p *parser) registerTag() (plain, error) {
	p.inRegister = true
	v, err := p.value()
	p.inRegister = false
	if err != nil {
		return plain{}, err
	}
	return plain{form: formRegister, typed: true, depth: v.depth, value: v.whole()}, nil
}
