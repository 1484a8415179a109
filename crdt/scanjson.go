package crdt

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads the tokens of JSON (RFC 8259) strictly, and knows the path of
// the value that it is in.
type scanner struct {
	s    string
	pos  int
	path Pointer
}

func (s *scanner) enter(token string) { s.path = append(s.path, token) }
func (s *scanner) leave()             { s.path = s.path[:len(s.path)-1] }

// fail names the path of the value that is being read.
func (s *scanner) fail(err error) error { return &PathError{s.path.String(), err} }

func (s *scanner) syntax(what string) error {
	if s.pos >= len(s.s) {
		return s.fail(fmt.Errorf("%w: %s, but the text ends", ErrJSON, what))
	}
	return s.fail(fmt.Errorf("%w: %s at byte %d", ErrJSON, what, s.pos))
}

// peek skips white space and returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.s) {
		switch c := s.s[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// end checks that nothing but white space is left.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.s) {
		return s.syntax("nothing more is expected")
	}
	return nil
}

func (s *scanner) colon() error {
	if s.peek() != ':' {
		return s.syntax("a colon is expected")
	}
	s.pos++
	return nil
}

// word reads one of the literal names.
func (s *scanner) word(w string) bool {
	if !strings.HasPrefix(s.s[s.pos:], w) {
		return false
	}
	s.pos += len(w)
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.s) && '0' <= s.s[s.pos] && s.s[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) at(chars string) bool {
	if s.pos < len(s.s) && strings.IndexByte(chars, s.s[s.pos]) >= 0 {
		s.pos++
		return true
	}
	return false
}

// number reads a number: an int64 if it has neither fraction nor exponent,
// else a float64.
func (s *scanner) number() (Value, error) {
	start := s.pos
	s.at("-")
	zero := s.at("0")
	if !zero && !s.digits() {
		return "", s.syntax("a digit is expected")
	}
	if zero && s.digits() {
		return "", s.syntax("a number does not begin with 0")
	}
	whole := true
	if s.at(".") {
		if whole = false; !s.digits() {
			return "", s.syntax("a digit is expected")
		}
	}
	if s.at("eE") {
		s.at("+-")
		if whole = false; !s.digits() {
			return "", s.syntax("a digit is expected")
		}
	}
	text := s.s[start:s.pos]
	if whole {
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", s.fail(fmt.Errorf("%w: %s", ErrNumber, shorten(text)))
		}
		return intValue(i), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return "", s.fail(fmt.Errorf("%w: %s", ErrNumber, shorten(text)))
	}
	return Value(appendFloat(nil, f)), nil
}

func shorten(s string) string {
	if len(s) > 40 {
		return s[:37] + "..."
	}
	return s
}

// text reads a string.
func (s *scanner) text() (string, error) {
	s.pos++
	start := s.pos
	for s.pos < len(s.s) {
		switch c := s.s[s.pos]; {
		case c == '"':
			t := s.s[start:s.pos]
			if !utf8.ValidString(t) {
				s.pos = start
				return "", s.syntax("a string that is UTF-8 is expected")
			}
			s.pos++
			return t, nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", s.syntax("a control character must be escaped")
		}
		s.pos++
	}
	return "", s.syntax("a closing quote is expected")
}

// escaped reads a string that has escapes, from the first of them on.
func (s *scanner) escaped(start int) (string, error) {
	b := []byte(s.s[start:s.pos])
	for s.pos < len(s.s) {
		c := s.s[s.pos]
		switch {
		case c == '"':
			if !utf8.Valid(b) {
				s.pos = start
				return "", s.syntax("a string that is UTF-8 is expected")
			}
			s.pos++
			return string(b), nil
		case c < ' ':
			return "", s.syntax("a control character must be escaped")
		case c != '\\':
			b = append(b, c)
			s.pos++
			continue
		}
		r, ok := s.escape()
		if !ok {
			if _, half := s.hex(s.pos); half {
				return "", s.syntax("both halves of a surrogate pair are expected")
			}
			return "", s.syntax("an escape of JSON is expected")
		}
		b = utf8.AppendRune(b, r)
	}
	return "", s.syntax("a closing quote is expected")
}

// escape reads one escape; half a surrogate pair is none.
func (s *scanner) escape() (rune, bool) {
	if s.pos+1 >= len(s.s) {
		return 0, false
	}
	if s.s[s.pos+1] == 'u' {
		return s.unicode()
	}
	i := strings.IndexByte(`"\/bfnrt`, s.s[s.pos+1])
	if i < 0 {
		return 0, false
	}
	s.pos += 2
	return rune("\"\\/\b\f\n\r\t"[i]), true
}

func (s *scanner) unicode() (rune, bool) {
	r, ok := s.hex(s.pos)
	if !ok || !utf16.IsSurrogate(r) {
		s.pos += 6
		return r, ok
	}
	low, ok := s.hex(s.pos + 6)
	r = utf16.DecodeRune(r, low)
	if !ok || r == utf8.RuneError {
		return 0, false
	}
	s.pos += 12
	return r, true
}

// hex reads \uXXXX at a position.
func (s *scanner) hex(at int) (rune, bool) {
	if at+6 > len(s.s) || s.s[at] != '\\' || s.s[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s.s[at+2 : at+6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
