package node

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// MaxScope is how many patterns a scope may have.
const MaxScope = 32

var (
	// ErrScope is returned when a text is not a pattern of a scope, or there are
	// more than MaxScope.
	ErrScope = errors.New("not a scope")
	// ErrOutOfScope is returned for a collection, or a key, that this node does
	// not hold because its scope does not have it. Nothing was written.
	ErrOutOfScope = errors.New("out of this node's scope")
)

// scope is what a node holds: every key that one of its patterns has. It never
// changes.
type scope struct{ patterns []pattern }

// wholeScope has everything.
var wholeScope = &scope{[]pattern{{name: "*"}}}

// texts are the patterns as they are written.
func (s *scope) texts() (out []string) {
	for _, p := range s.patterns {
		if p.prefix != "" {
			out = append(out, p.name+"/"+p.prefix)
		} else {
			out = append(out, p.name)
		}
	}
	return out
}

func (s *scope) String() string { return strings.Join(s.texts(), ",") }

// ranges are the keys of a collection that s has, in order; nil if it has none.
func (s *scope) ranges(collection string) (out []antientropy.KeyRange) {
	var all []antientropy.KeyRange
	for _, p := range s.patterns {
		if matches(p.name, collection) {
			all = append(all, antientropy.KeyRange{From: p.prefix, To: prefixEnd(p.prefix)})
		}
	}
	slices.SortFunc(all, func(a, b antientropy.KeyRange) int { return strings.Compare(a.From, b.From) })
	for _, r := range all {
		last := len(out) - 1
		switch {
		case last < 0 || out[last].To != "" && out[last].To < r.From:
			out = append(out, r)
		case out[last].To != "" && (r.To == "" || out[last].To < r.To):
			out[last].To = r.To
		}
	}
	return out
}

// has reports whether s has a key of a collection.
func (s *scope) has(collection, key string) bool {
	return slices.ContainsFunc(s.patterns, func(p pattern) bool {
		return strings.HasPrefix(key, p.prefix) && matches(p.name, collection)
	})
}

// hasSome reports whether s has any key with a prefix that a collection may hold.
func (s *scope) hasSome(collection, prefix string) bool {
	return slices.ContainsFunc(s.patterns, func(p pattern) bool {
		return (strings.HasPrefix(prefix, p.prefix) || strings.HasPrefix(p.prefix, prefix)) && matches(p.name, collection)
	})
}

// hasAll reports whether s has all keys [from, to) of a collection.
func (s *scope) hasAll(collection, from, to string) bool {
	return slices.ContainsFunc(s.ranges(collection), func(r antientropy.KeyRange) bool {
		return r.From <= from && (r.To == "" || to != "" && to <= r.To)
	})
}

// held are the keys of a collection that s has, in order.
func (s *scope) held(collection string) (out []crdt.Range) {
	for _, r := range s.ranges(collection) {
		out = append(out, crdt.Range{From: r.From, To: r.To})
	}
	return out
}

// outside are the keys of a collection that s does not have.
func (s *scope) outside(collection string) []crdt.Range {
	return complement(s.ranges(collection))
}

// complement are the keys between ranges that are in order.
func complement(ranges []antientropy.KeyRange) (out []crdt.Range) {
	from := ""
	for _, r := range ranges {
		if from < r.From {
			out = append(out, crdt.Range{From: from, To: r.From})
		}
		if r.To == "" {
			return out
		}
		from = r.To
	}
	return append(out, crdt.Range{From: from})
}

// with is a scope that has what either has.
func (s *scope) with(o *scope) *scope {
	both := &scope{slices.Clone(s.patterns)}
	for _, p := range o.patterns {
		if !slices.Contains(both.patterns, p) {
			both.patterns = append(both.patterns, p)
		}
	}
	if len(both.patterns) > 2*MaxScope {
		return wholeScope
	}
	return both
}

// collections lists the collections that are stored here and in the scope.
func (n *Node) collections() []string {
	s := n.scope.Load()
	return slices.DeleteFunc(n.docs.Collections(), func(c string) bool { return !s.hasSome(c, "") })
}

// outOfScope is the ErrOutOfScope of an address.
func (s *scope) outOfScope(address string) error {
	return fmt.Errorf("%s: %w, which is %s", address, ErrOutOfScope, s)
}
