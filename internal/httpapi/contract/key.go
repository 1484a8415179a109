package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// errSurrogate is what a string is refused with that has half of a surrogate
// pair: it stands for no character.
var errSurrogate = errors.New("not UTF-8")

// Text is a JSON string that is refused, not repaired, when it is not Unicode:
// a key must never become another key on its way. encoding/json puts U+FFFD
// for half of a surrogate pair and for bytes that are not UTF-8.
type Text string

// UnmarshalJSON reads a JSON string; null is "".
func (t *Text) UnmarshalJSON(raw []byte) error {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	if !utf8.Valid(raw) || strings.Count(s, "\ufffd") != replacements(raw) {
		return errSurrogate
	}
	*t = Text(s)
	return nil
}

// replacements counts how often raw means U+FFFD itself.
func replacements(raw []byte) int {
	n := bytes.Count(raw, []byte("\ufffd"))
	for i := 0; i+6 <= len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		if raw[i+1] == 'u' && strings.EqualFold(string(raw[i+2:i+6]), "fffd") {
			n++
		}
		i++ // what follows a backslash is not one that escapes
	}
	return n
}
