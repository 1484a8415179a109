package shape

import (
	gobytes "bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
)

// Tree is what a value of a Go type says, as JSON with $-tags: nil, bool,
// string, json.Number, []any, map[string]any. The zero Tree says nothing.
type Tree struct {
	there bool // else the value is absent
	value any
}

// omitted is a member that omitempty or omitzero leaves out, if the document
// has not got it.
type omitted struct{ value any }

// IsZero reports whether the Tree says nothing: the value was nil.
func (t Tree) IsZero() bool { return !t.there }

// Equal reports whether two Trees of one Shape say the same.
func (t Tree) Equal(o Tree) bool { return t.there == o.there && equal(t.value, o.value) }

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// parse reads JSON.
func parse(b []byte) (any, error) {
	d := json.NewDecoder(gobytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return v, nil
}

// print writes JSON; what is omitted is left out.
func print(v any) ([]byte, error) {
	var out gobytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(kept(v)); err != nil {
		return nil, err
	}
	return gobytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// kept is v without what is omitted.
func kept(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for name, m := range out {
			if _, no := m.(omitted); no {
				delete(out, name)
			} else {
				out[name] = kept(m)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = kept(v[i])
		}
		return out
	}
	return v
}

// Tags of the types that JSON lacks.
const (
	counterTag  = "$counter"
	setTag      = "$set"
	textTag     = "$text"
	bytesTag    = "$bytes"
	registerTag = "$register"
)

// untag is the value inside a $-tag, or v itself.
func untag(v any) any {
	o, ok := v.(map[string]any)
	if !ok || len(o) != 1 {
		return v
	}
	for name, inner := range o {
		switch name {
		case counterTag, setTag, textTag, bytesTag, registerTag:
			return inner
		}
	}
	return v
}

// tagged is the value inside one $-tag.
func tagged(v any, tag string) (inner any, ok bool) {
	o, _ := v.(map[string]any)
	inner, ok = o[tag]
	return inner, ok
}

// plain is v without any tag, and with literal names.
func plain(v any) any {
	switch v := untag(v).(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, m := range v {
			out[unescaped(name)] = plain(m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	default:
		return v
	}
}

// literal is plain JSON as it is written: names are escaped.
func literal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, m := range v {
			out[escaped(name)] = literal(m)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = literal(v[i])
		}
		return out
	}
	return v
}

// register is v as one register; what is no array or object is one anyhow.
func register(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v[bytesTag]; !ok {
			return map[string]any{registerTag: v}
		}
	case []any:
		return map[string]any{registerTag: v}
	}
	return v
}

// isRegister reports whether v, of a document, is one register.
func isRegister(v any) bool {
	switch v := v.(type) {
	case []any:
		return false
	case map[string]any:
		_, whole := v[registerTag]
		_, bytes := v[bytesTag]
		return whole || bytes
	}
	return true
}

// noun names a JSON value in an error.
func noun(v any) string {
	switch v := untag(v).(type) {
	case nil:
		return "null"
	case bool:
		return "a bool"
	case json.Number:
		return "the number " + v.String()
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprintf("%T", v)
	}
}
