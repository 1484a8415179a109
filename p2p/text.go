package p2p

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from a peer harmless to print: at most MaxReason bytes, one
// line, no control or direction characters, valid UTF-8.
func Clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '\uFFFD'
		}
		if b.Len()+utf8.RuneLen(r) > MaxReason {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
