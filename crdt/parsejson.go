package crdt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
)

// The reasons why JSON is refused; each comes inside a *PathError that names
// the place.
var (
	// ErrJSON is returned when a text is not JSON (RFC 8259), not UTF-8, or
	// has half a surrogate pair.
	ErrJSON = errors.New("malformed JSON")
	// ErrDuplicate is returned when an object has a key twice.
	ErrDuplicate = errors.New("duplicate key")
	// ErrDepth is returned when objects and arrays nest deeper than MaxDepth.
	ErrDepth = errors.New("nested too deep")
	// ErrNumber is returned when a number fits neither int64 nor float64.
	ErrNumber = errors.New("number is neither int64 nor float64")
	// ErrTag is returned when a $-tag is unknown, or not where it may be.
	ErrTag = errors.New("bad $-tag")
	// ErrTooLarge is returned when JSON or a document is larger than allowed.
	ErrTooLarge = errors.New("too large")
)

// ParseJSON reads one JSON value of at most MaxDocument bytes. The objects
// {"$counter":n}, {"$set":[…]}, {"$text":"…"} and {"$bytes":"base64"} mean a
// counter, a set of scalars, a text, and bytes, {"$register":…} any value that
// is replaced whole; a literal key that begins with $ is written with one $
// more. Numbers without fraction and exponent must fit int64, others
// float64. Errors are *PathError.
func ParseJSON(b []byte) (Plain, error) {
	p, err := newParser(b)
	if err != nil {
		return Plain{}, err
	}
	room := fieldRooms.Get().(*[]plainField)
	p.fields = (*room)[:0]
	v, err := p.value()
	if err == nil {
		err = p.end()
	}
	if clear(p.fields); cap(p.fields) <= mostFields {
		*room = p.fields
	}
	fieldRooms.Put(room)
	if err != nil {
		return Plain{}, err
	}
	return Plain{&v}, nil
}

// fieldRooms are what parsers have gathered fields in. One with room for more
// than mostFields is not kept.
var fieldRooms = sync.Pool{New: func() any { return new([]plainField) }}

const mostFields = 256

// parser builds plain values from the tokens of a scanner.
type parser struct {
	scanner
	depth      int          // objects and arrays that are open
	inRegister bool         // only what a register can hold
	ignoring   bool         // nobody wants the value: any JSON will do
	fields     []plainField // of the objects that are open
}

func newParser(b []byte) (*parser, error) {
	if len(b) > MaxDocument {
		return nil, &PathError{"", fmt.Errorf("%w: %d bytes of JSON, at most %d are allowed", ErrTooLarge, len(b), MaxDocument)}
	}
	return &parser{scanner: scanner{s: string(b)}}, nil
}

func (p *parser) value() (plain, error) {
	switch c := p.peek(); {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		s, err := p.text()
		return plain{value: textValue(s)}, err
	case c == '-' || '0' <= c && c <= '9':
		v, err := p.number()
		return plain{value: v}, err
	case p.word("null"):
		return plain{value: valueNull}, nil
	case p.word("true"):
		return plain{value: valueTrue}, nil
	case p.word("false"):
		return plain{value: valueFalse}, nil
	}
	return plain{}, p.syntax("a value is expected")
}

func (p *parser) array() (plain, error) {
	out := plain{form: formList, depth: 1}
	err := p.elements(func() error {
		v, err := p.value()
		out.items = append(out.items, v)
		out.over(&v)
		return err
	})
	return out, err
}

// over notes what nests in an object or a list.
func (p *plain) over(v *plain) {
	p.depth = max(p.depth, v.depth+1)
	p.typed = p.typed || v.typed
}

// object reads an object, or the tag that it is if its first key is one. A tag
// does not count as nesting.
func (p *parser) object() (plain, error) {
	p.pos++
	if start := p.pos; p.peek() == '"' {
		name, err := p.text()
		if err != nil {
			return plain{}, err
		}
		if !validName(name) && !p.ignoring {
			return p.tag(name)
		}
		p.pos = start
	}
	out := plain{form: formObject, depth: 1}
	first := len(p.fields)
	err := p.members(func(name string) error {
		if !validName(name) && !p.ignoring {
			return p.fail(fmt.Errorf("%w: %s must be the only key of its object; a literal key is written %q", ErrTag, name, "$"+name))
		}
		p.enter(name)
		v, err := p.value()
		if err != nil {
			return err
		}
		p.leave()
		p.fields = append(p.fields, plainField{name, v})
		out.over(&v)
		return nil
	})
	if err != nil {
		return plain{}, err
	}
	if !p.ignoring {
		out.fields = slices.Clone(p.fields[first:])
	}
	clear(p.fields[first:])
	p.fields = p.fields[:first]
	if p.ignoring {
		return plain{}, nil
	}
	return out, p.sortFields(out.fields)
}

// members reads the inside of an object and calls fn at each value.
func (p *parser) members(fn func(name string) error) error {
	if err := p.open(); err != nil {
		return err
	}
	for first := true; !first || p.peek() != '}'; first = false {
		if p.peek() != '"' {
			return p.syntax("a key is expected")
		}
		name, err := p.text()
		if err != nil {
			return err
		}
		if err := p.colon(); err != nil {
			return err
		}
		if err := fn(name); err != nil {
			return err
		}
		if c := p.peek(); c == '}' {
			break
		} else if c != ',' {
			return p.syntax("a comma or } is expected")
		}
		p.pos++
	}
	p.close()
	return nil
}

// elements reads the inside of an array and calls fn at each element.
func (p *parser) elements(fn func() error) error {
	p.pos++
	if err := p.open(); err != nil {
		return err
	}
	for i := 0; i > 0 || p.peek() != ']'; i++ {
		p.enter(strconv.Itoa(i))
		if err := fn(); err != nil {
			return err
		}
		p.leave()
		if c := p.peek(); c == ']' {
			break
		} else if c != ',' {
			return p.syntax("a comma or ] is expected")
		}
		p.pos++
	}
	p.close()
	return nil
}

// open enters an object or array whose first byte is read, close leaves it.
func (p *parser) open() error {
	if p.depth == MaxDepth {
		return p.fail(fmt.Errorf("%w: more than %d objects and arrays", ErrDepth, MaxDepth))
	}
	p.depth++
	return nil
}

func (p *parser) close() {
	p.depth--
	p.pos++
}

// sortFields puts the fields of an object in order and refuses duplicates.
func (p *parser) sortFields(fields []plainField) error {
	slices.SortStableFunc(fields, func(a, b plainField) int { return compareNames(a.name, b.name) })
	for i := 1; i < len(fields); i++ {
		if fields[i].name == fields[i-1].name {
			p.enter(fields[i].name)
			return p.fail(ErrDuplicate)
		}
	}
	return nil
}
