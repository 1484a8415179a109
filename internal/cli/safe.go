package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// harmful reports whether a terminal would act on r instead of showing it, or
// would show what follows it in another order: control characters, line and
// paragraph separators, the byte order mark and every bidirectional mark.
func harmful(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r == 0xfeff:
		return true
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return r >= 0xe0000 && r <= 0xe007f // tags: text that nobody sees
}

// Safe returns s as a terminal may show it: harmful characters as Go escapes
// (\n, \x1b, \u202e), bytes that are not UTF-8 as \xff. What is harmless is
// unchanged, a backslash too.
func Safe(s string) string { return safe(s, false) }

// SafeLines is Safe for text of several lines: line feeds and tabs stay.
func SafeLines(s string) string { return safe(s, true) }

func safe(s string, lines bool) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case lines && (r == '\n' || r == '\t'), !harmful(r):
			b.WriteString(s[i : i+size])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// SafeJSON returns JSON text of the same value in which harmful characters
// are written as \u escapes, so that it is harmless on a terminal and exact
// for a program. The white space of the text stays.
func SafeJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out = append(out, `\ufffd`...)
		case !harmful(r), r == '\n', r == '\t', r == '\r':
			out = append(out, text[i:i+size]...)
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		}
		i += size
	}
	return out
}
