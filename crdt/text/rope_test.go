package text_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// TestRope edits a rope and a slice of runes side by side.
func TestRope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := strings.Repeat(rapid.SampledFrom([]string{"", "ascii ", "ünï", "𝄞a"}).Draw(t, "start"), rapid.IntRange(0, 900).Draw(t, "times"))
		r, err := text.NewRope(start)
		if err != nil {
			t.Fatal(err)
		}
		want := []rune(start)
		for range rapid.IntRange(1, 30).Draw(t, "edits") {
			at := rapid.IntRange(0, len(want)).Draw(t, "at")
			n := min(rapid.SampledFrom([]int{0, 1, 5, 700, 3000}).Draw(t, "delete"), len(want)-at)
			s := strings.Repeat(rapid.SampledFrom([]string{"x", "yé", "𝄞"}).Draw(t, "text"), rapid.SampledFrom([]int{0, 1, 9, 1500}).Draw(t, "repeat"))
			if err := r.Replace(at, n, s); err != nil {
				t.Fatal(err)
			}
			want = slices.Replace(want, at, at+n, []rune(s)...)
			if r.Len() != len(want) {
				t.Fatalf("length %d, want %d", r.Len(), len(want))
			}
		}
		if r.String() != string(want) {
			t.Fatal("content differs")
		}
		at := rapid.IntRange(0, len(want)).Draw(t, "convert")
		units := len(utf16.Encode(want[:at]))
		if got, err := r.UTF16(at); err != nil || got != units {
			t.Fatalf("UTF16(%d) = %d, %v, want %d", at, got, err, units)
		}
		if got, err := r.FromUTF16(units); err != nil || got != at {
			t.Fatalf("FromUTF16(%d) = %d, %v, want %d", units, got, err, at)
		}
		if at < len(want) && want[at] > 0xffff {
			if _, err := r.FromUTF16(units + 1); !errors.Is(err, text.ErrSurrogate) {
				t.Fatalf("inside a surrogate pair: %v", err)
			}
		}
	})
}

func TestRopeRefuses(t *testing.T) {
	r, err := text.NewRope("a𝄞b")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at, n int
		s     string
		want  error
	}{
		{-1, 0, "x", text.ErrPosition}, {4, 0, "x", text.ErrPosition}, {0, -1, "", text.ErrPosition},
		{2, 2, "", text.ErrPosition}, {0, 0, "\xff", text.ErrUTF8},
	} {
		if err := r.Replace(c.at, c.n, c.s); !errors.Is(err, c.want) {
			t.Errorf("Replace(%d, %d, %q): %v, want %v", c.at, c.n, c.s, err, c.want)
		}
	}
	for _, at := range []int{-1, 4} {
		if _, err := r.UTF16(at); !errors.Is(err, text.ErrPosition) {
			t.Errorf("UTF16(%d): %v", at, err)
		}
	}
	for _, at := range []int{-1, 5} {
		if _, err := r.FromUTF16(at); !errors.Is(err, text.ErrPosition) {
			t.Errorf("FromUTF16(%d): %v", at, err)
		}
	}
	if _, err := text.NewRope("\xff"); !errors.Is(err, text.ErrUTF8) {
		t.Errorf("NewRope: %v", err)
	}
	if s := r.String(); s != "a𝄞b" || utf8.RuneCountInString(s) != r.Len() {
		t.Errorf("changed to %q", s)
	}
}
