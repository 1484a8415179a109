package crdt

import (
	"encoding/base64"
	"fmt"
)

// tag reads the rest of an object whose first key is a tag.
func (p *parser) tag(name string) (v plain, err error) {
	switch name {
	case "$bytes", "$counter", "$set":
	case "$text":
		return plain{}, p.fail(fmt.Errorf("%w: $text is not supported yet", ErrKind))
	default:
		return plain{}, p.fail(fmt.Errorf("%w: %s is unknown; a literal key is written %q", ErrTag, name, "$"+name))
	}
	if p.inArray && name != "$bytes" {
		return plain{}, p.fail(fmt.Errorf("%w: %s cannot be inside an array", ErrTag, name))
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
	return plain{form: formCounter, value: intValue(i)}, nil
}

func (p *parser) setTag() (plain, error) {
	if p.peek() != '[' {
		return plain{}, p.fail(fmt.Errorf("%w: $set takes an array", ErrTag))
	}
	out := plain{form: formSet, depth: 1}
	err := p.elements(func() error {
		v, err := p.value()
		if err == nil && v.form != formScalar {
			err = p.fail(fmt.Errorf("%w: $set takes an array of scalars", ErrTag))
		}
		out.elements = append(out.elements, v.value)
		return err
	})
	out.elements = setOf(out.elements)
	return out, err
}
