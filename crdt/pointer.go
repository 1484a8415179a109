package crdt

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pointer is a path into a document: the reference tokens of a JSON Pointer
// (RFC 6901), unescaped. The empty pointer is the whole document.
type Pointer []string

// ErrPointer is returned when a text is not a JSON Pointer.
var ErrPointer = errors.New("not a JSON Pointer")

// ErrNoValue is returned when a document holds nothing at a path, and by an
// edit that is given no value.
var ErrNoValue = errors.New("no value")

var (
	escapePointer   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")
)

// ParsePointer reads "" or a sequence of "/token", in which "~1" stands for a
// slash and "~0" for a tilde. At most MaxDepth tokens are accepted.
func ParsePointer(s string) (Pointer, error) {
	if s == "" {
		return nil, nil
	}
	switch {
	case s[0] != '/':
		return nil, fmt.Errorf("%w: %q does not begin with a slash", ErrPointer, s)
	case !utf8.ValidString(s):
		return nil, fmt.Errorf("%w: %q is not UTF-8", ErrPointer, s)
	case strings.Count(s, "/") > MaxDepth:
		return nil, fmt.Errorf("%w: more than %d tokens", ErrPointer, MaxDepth)
	}
	p := Pointer(strings.Split(s[1:], "/"))
	for i, token := range p {
		for j := range len(token) {
			if token[j] == '~' && (j+1 == len(token) || token[j+1] != '0' && token[j+1] != '1') {
				return nil, fmt.Errorf("%w: %q has a tilde that escapes nothing", ErrPointer, s)
			}
		}
		p[i] = unescapePointer.Replace(token)
	}
	return p, nil
}

// String prints the pointer as RFC 6901 writes it.
func (p Pointer) String() string {
	var b strings.Builder
	for _, token := range p {
		b.WriteByte('/')
		escapePointer.WriteString(&b, token)
	}
	return b.String()
}

// PathError says at which place in a document an input was refused. Path is a
// JSON Pointer; "" is the whole document.
type PathError struct {
	Path string
	Err  error
}

// Error prints "/a/b: reason"; the whole document prints as "(root)".
func (e *PathError) Error() string {
	if e.Path == "" {
		return "(root): " + e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap gives the reason, one of this package's errors.
func (e *PathError) Unwrap() error { return e.Err }
