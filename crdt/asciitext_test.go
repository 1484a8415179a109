package crdt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestBareText compares isBare with a look at each byte: every byte at every place of
// strings of every length up to three times what is looked at at once, and every two
// bytes beside each other.
func TestBareText(t *testing.T) {
	bare := func(s string) bool {
		for _, c := range []byte(s) {
			if c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
				return false
			}
		}
		return true
	}
	check := func(b []byte) {
		if s := string(b); isBare(s) != bare(s) {
			t.Fatalf("isBare(%q) is %v", s, isBare(s))
		}
	}
	for length := range 25 {
		b := []byte(strings.Repeat("a", length))
		check(b)
		for i := range b {
			for c := range 256 {
				b[i] = byte(c)
				check(b)
			}
			b[i] = 'a'
		}
	}
	b := []byte("aaaaaaaaaaaa")
	for c := range 1 << 16 {
		b[4], b[5] = byte(c>>8), byte(c)
		check(b)
	}
}

// TestPrintsNoBadText: what is not UTF-8 is refused wherever text is, whatever its length.
func TestPrintsNoBadText(t *testing.T) {
	for _, value := range []string{"\x61\xff", "\x68aaaaaaa\xff", "\x6aaaaaaaaaa\xc3"} {
		if out, err := AppendPlainJSON(nil, []byte("\x84\x01"+value)); err == nil {
			t.Errorf("%q prints as %s", value, out)
		}
		if out, err := AppendPlainJSON(nil, []byte("\x84\x01\xa1"+value+"\x01")); err == nil {
			t.Errorf("a field %q prints as %s", value, out)
		}
	}
}
