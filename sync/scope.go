package antientropy

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// KeyRange is a run of keys, From inclusive to To exclusive; To "" is the end
// of the key space.
type KeyRange struct{ From, To string }

// Contains reports whether key lies in the range.
func (r KeyRange) Contains(key string) bool { return r.From <= key && before(key, r.To) }

// Overlap is the keys that are both in ranges and in others, without vectors:
// a run of keys for each pair that meets.
func Overlap(ranges []KeyRange, others []crdt.Range) (out []crdt.Range) {
	for _, r := range ranges {
		for _, o := range others {
			low, high := max(r.From, o.From), r.To
			if high == "" || o.To != "" && o.To < high {
				high = o.To
			}
			if high == "" || low < high {
				out = append(out, crdt.Range{From: low, To: high})
			}
		}
	}
	return out
}

// Scope says which keys of a collection a replica holds: ranges in order, with
// keys between them that belong to none; nil when it does not want the
// collection. All keys are one range from "" to "". Of more than ScopeLimit
// ranges, those behind are not exchanged.
type Scope func(collection string) []KeyRange

// ScopeLimit is how many ranges of one collection two sides exchange.
const ScopeLimit = 64

// everything is the scope of who wants a whole collection.
var everything = []KeyRange{{}}

// scope is what this side wants of a collection.
func (s *Session) scope(name string) []KeyRange {
	if s.config.Scope == nil {
		return everything
	}
	ranges := s.config.Scope(name)
	return ranges[:min(len(ranges), ScopeLimit)]
}

// isWhole reports whether ranges are all keys.
func isWhole(ranges []KeyRange) bool { return len(ranges) == 1 && ranges[0] == KeyRange{} }

// inside reports whether all keys of [from, to) lie in one of the ranges.
func inside(ranges []KeyRange, from, to string) bool {
	return slices.ContainsFunc(ranges, func(r KeyRange) bool {
		return r.From <= from && (r.To == "" || to != "" && to <= r.To)
	})
}

// common lists the keys that are in both a and b.
func common(a, b []KeyRange) (both []KeyRange) {
	for len(a) > 0 && len(b) > 0 {
		r := KeyRange{From: max(a[0].From, b[0].From), To: firstEnd(a[0].To, b[0].To)}
		if before(r.From, r.To) {
			both = append(both, r)
		}
		if firstEnd(a[0].To, b[0].To) == a[0].To && a[0].To != "" {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}

// firstEnd is the end that comes first.
func firstEnd(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// outside lists the keys between the ranges.
func outside(ranges []KeyRange) (rest []KeyRange) {
	from := ""
	for _, r := range ranges {
		if from < r.From {
			rest = append(rest, KeyRange{from, r.From})
		}
		if r.To == "" {
			return rest
		}
		from = r.To
	}
	return append(rest, KeyRange{From: from})
}

// restrict is k with nothing known outside of the ranges.
func restrict(k crdt.Knowledge, ranges []KeyRange) crdt.Knowledge {
	if isWhole(ranges) {
		return k
	}
	for _, r := range outside(ranges) {
		k = k.Forfeit(r.From, r.To)
	}
	return k
}

// checkScope refuses ranges that a peer must not announce.
func checkScope(ranges []KeyRange) error {
	for i, r := range ranges {
		if len(r.From) > crdt.MaxKey+1 || len(r.To) > crdt.MaxKey+1 {
			return ends(ReasonOversized, "scope with a key of %d bytes", max(len(r.From), len(r.To)))
		}
		if !before(r.From, r.To) {
			return bad("scope of keys from %q to %q", r.From, r.To)
		}
		if i > 0 && (ranges[i-1].To == "" || ranges[i-1].To >= r.From) {
			return bad("scope out of order at %q", r.From)
		}
	}
	return nil
}
