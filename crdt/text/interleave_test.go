package text_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// typing is how somebody types a word at a place: the position of each rune.
type typing func(at, i int) int

func forwards(at, i int) int { return at + i }

func backwards(at, _ int) int { return at }

// TestNoInterleaving types two and three words at the same place at the same
// time, one code point at a time, in every direction: each stays a word.
func TestNoInterleaving(t *testing.T) {
	directions := map[string]typing{"forward": forwards, "backward": backwards}
	for _, start := range []string{"", "()", "(", ")"} {
		for first, one := range directions {
			for second, two := range directions {
				at := len(start) / 2
				if start == "(" {
					at = 1
				}
				base := &text.Text{}
				if err := base.Insert("z", 0, 0, start); err != nil {
					t.Fatal(err)
				}
				ann, bob, cat := base.Clone(), base.Clone(), base.Clone()
				write(t, ann, "ann", at, "milk", one)
				write(t, bob, "bob", at, "eggs", two)
				write(t, cat, "cat", at, "flour", one)
				bring(t, bob, ann)
				bring(t, cat, ann)
				words := map[string]string{"ann": spelled("milk", one), "bob": spelled("eggs", two), "cat": spelled("flour", one)}
				if got := ann.String(); !concatenates(got[at:len(got)-len(start)+at], words) {
					t.Errorf("%s and %s in %q: %q", first, second, start, got)
				}
			}
		}
	}
}

// TestNoInterleavingInSteps lets one author see the other's half-typed word
// before going on.
func TestNoInterleavingInSteps(t *testing.T) {
	for _, how := range []typing{forwards, backwards} {
		ann, bob := &text.Text{}, &text.Text{}
		write(t, ann, "ann", 0, "mi", how)
		write(t, bob, "bob", 0, "eg", how)
		bring(t, bob, ann)
		if err := ann.Insert("ann", 2, 0, "["); err != nil {
			t.Fatal(err)
		}
		if err := bob.Insert("bob", 2, how(0, 2), "x"); err != nil {
			t.Fatal(err)
		}
		bring(t, bob, ann)
		bring(t, ann, bob)
		words := map[string]string{"ann": spelled("mi", how), "bob": spelled("egx", how)}
		if got := ann.String(); got != bob.String() || !concatenates(got[1:], words) {
			t.Errorf("%q and %q", got, bob.String())
		}
	}
}

// write types word at a place of x.
func write(t *testing.T, x *text.Text, agent text.Agent, at int, word string, how typing) {
	t.Helper()
	for i, r := range word {
		if err := x.Insert(agent, uint64(i), how(at, i), string(r)); err != nil {
			t.Fatal(err)
		}
	}
}

// spelled is what a word looks like when it was typed so.
func spelled(word string, how typing) (s string) {
	for i, r := range word {
		at := how(0, i)
		s = s[:at] + string(r) + s[at:]
	}
	return s
}

// concatenates reports whether s is all words in some order.
func concatenates(s string, words map[string]string) bool {
	if len(words) == 0 {
		return s == ""
	}
	for who, w := range words {
		if len(s) < len(w) || s[:len(w)] != w {
			continue
		}
		rest := map[string]string{}
		for k, v := range words {
			if k != who {
				rest[k] = v
			}
		}
		if concatenates(s[len(w):], rest) {
			return true
		}
	}
	return false
}
