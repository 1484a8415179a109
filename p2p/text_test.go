package p2p

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"peer is down":                   "peer is down",
		"zwölf":                          "zwölf",
		"a\x1b[31mb\nc\x00":              "a�[31mb�c�",
		"evil\u202etxt":                  "evil�txt",
		"\xff\xfe":                       "��",
		strings.Repeat("x", MaxReason+1): strings.Repeat("x", MaxReason),
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := Clean(string(rapid.SliceOf(rapid.Byte()).Draw(t, "text")))
		if len(s) > MaxReason || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q", s)
		}
		if Clean(s) != s {
			t.Fatalf("%q is not clean yet", s)
		}
	})
}
