package node

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// pattern is one part of a scope: collections by name, where * stands for any
// characters and ? for one, and of these the keys with a prefix.
type pattern struct{ name, prefix string }

// ParseScope reads patterns, and returns them each once, in the order given.
// A pattern is the name of collections, where * stands for any characters and ?
// for one, alone or with a slash and the beginning of keys. "*" is everything.
func ParseScope(patterns []string) ([]string, error) {
	s, err := newScope(patterns)
	if err != nil {
		return nil, err
	}
	return s.texts(), nil
}

// newScope is the scope that somebody asks for.
func newScope(patterns []string) (*scope, error) {
	s, err := parseScope(patterns)
	if err == nil && len(s.patterns) > MaxScope {
		err = fmt.Errorf("%w: %d patterns, at most %d", ErrScope, len(s.patterns), MaxScope)
	}
	return s, err
}

func parseScope(patterns []string) (*scope, error) {
	s := &scope{}
	for _, text := range patterns {
		p := pattern{name: text}
		if name, prefix, ok := strings.Cut(text, "/"); ok {
			p = pattern{name, prefix}
			if prefix == "" {
				return nil, fmt.Errorf("%w: %q has nothing behind the slash", ErrScope, text)
			}
		}
		if err := crdt.CheckCollection(strings.NewReplacer("*", "a", "?", "a").Replace(p.name)); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrScope, text, err)
		}
		if err := checkPrefix(p.prefix); err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrScope, text, err)
		}
		if !slices.Contains(s.patterns, p) {
			s.patterns = append(s.patterns, p)
		}
	}
	if len(s.patterns) == 0 {
		return nil, fmt.Errorf("%w: no pattern", ErrScope)
	}
	if len(s.patterns) > 2*MaxScope { // two that became one, see openScope
		return nil, fmt.Errorf("%w: %d patterns, at most %d", ErrScope, len(s.patterns), MaxScope)
	}
	return s, nil
}

// checkPrefix refuses what no key begins with, and a comma, which stands between
// patterns.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	if strings.Contains(prefix, ",") {
		return errors.New("a prefix has no comma")
	}
	return crdt.CheckKey(strings.TrimSuffix(prefix, "/") + "/a")
}

// matches reports whether a name is what a pattern says.
func matches(pattern, name string) bool {
	star, resume := -1, 0
	i := 0
	for j := 0; j < len(name); {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, resume = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == name[j]):
			i++
			j++
		case star >= 0:
			resume++
			i, j = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}
