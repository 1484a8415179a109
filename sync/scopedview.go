package antientropy

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// scopedView is a snapshot of the keys that both sides want, as if there were
// no others: it knows nothing of them and lists none. So they are neither sent
// nor asked for, and equal knowledge and equal roots are about common keys.
type scopedView struct {
	View
	within []KeyRange
	known  crdt.Knowledge // of the keys within
}

// scoped is the view of a collection that both sides hold as far as within.
func scoped(v View, within []KeyRange) View {
	if isWhole(within) {
		return v
	}
	return &scopedView{View: v, within: within, known: restrict(v.Knowledge(), within)}
}

// Knowledge is what is known of the keys within.
func (v *scopedView) Knowledge() crdt.Knowledge { return v.known }

// Forgotten is what is forgotten of the keys within.
func (v *scopedView) Forgotten() (crdt.Knowledge, error) {
	f, err := v.View.Forgotten()
	return restrict(f, v.within), err
}

// Existing visits documents within.
func (v *scopedView) Existing(from, to string, visit func(key string, digest [32]byte) bool) error {
	for _, r := range common(v.within, []KeyRange{{from, to}}) {
		going := true
		err := v.View.Existing(r.From, r.To, func(key string, digest [32]byte) bool {
			going = visit(key, digest)
			return going
		})
		if err != nil || !going {
			return err
		}
	}
	return nil
}

// Candidates lists, of the keys within, those that the peer lacks. For the
// store underneath, the peer holds all others, unless it is fresh: then records
// are read one after the other anyway.
func (v *scopedView) Candidates(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	muted := v.muted(peer)
	for _, r := range v.within {
		if r.To != "" && r.To <= from {
			continue
		}
		for at, rest := max(from, r.From), true; rest; {
			var some []string
			if some, rest, err = v.View.Candidates(muted, at, limit); err != nil {
				return nil, false, err
			}
			n, _ := slices.BinarySearch(some, r.To)
			if r.To == "" {
				n = len(some)
			}
			if n < len(some) {
				rest = false // what follows is behind the range
			}
			if len(keys)+n > limit {
				return append(keys, some[:limit-len(keys)]...), true, nil
			}
			if keys = append(keys, some[:n]...); n > 0 {
				at = some[n-1] + "\x00"
			}
		}
	}
	return keys, false, nil
}

// muted is what a peer knows, with the keys that are not common counted as
// held, so that looking for what it lacks need not pass over them.
func (v *scopedView) muted(peer crdt.Knowledge) crdt.Knowledge {
	if peer.Max().Len() == 0 {
		return peer
	}
	all := v.View.Knowledge().Max()
	for _, r := range outside(v.within) {
		peer = peer.Raise(r.From, r.To, crdt.VersionVector{}, all)
	}
	return peer
}

// Root is the root of the keys within.
func (v *scopedView) Root() (root [32]byte, ok bool, err error) {
	t, ok, err := v.Part("", "")
	if err == nil && ok {
		root, _ = t.Root()
	}
	return root, ok, err
}

// RangeRoot is the root of the keys within that lie in [from, to).
func (v *scopedView) RangeRoot(from, to string) (root [32]byte, documents uint64, ok bool, err error) {
	t, ok, err := v.Part(from, to)
	if err == nil && ok {
		root, documents = t.Root()
	}
	return root, documents, ok, err
}

// Part is the tree of the keys within that lie in [from, to): that of the one
// run of keys that they are, or the trees of several beside each other.
func (v *scopedView) Part(from, to string) (Tree, bool, error) {
	runs := common(v.within, []KeyRange{{from, to}})
	if len(runs) == 1 {
		return v.View.Part(runs[0].From, runs[0].To)
	}
	f := forest{}
	for _, r := range runs {
		t, ok, err := v.View.Part(r.From, r.To)
		if err != nil || !ok {
			return nil, false, err
		}
		f = append(f, grove{r.From, t})
	}
	return f, true, nil
}

// whole is the tree of all keys within.
func (v *scopedView) whole() (Tree, error) {
	t, ok, err := v.Part("", "")
	if err == nil && !ok {
		return forest{}, nil
	}
	return t, err
}

// Height is the height of the tree of the keys within.
func (v *scopedView) Height() (int, error) {
	t, err := v.whole()
	if err != nil {
		return 0, err
	}
	return t.Height(), nil
}

// Children lists nodes of the tree of the keys within.
func (v *scopedView) Children(level int, boundary string) ([]Node, error) {
	t, err := v.whole()
	if err != nil {
		return nil, err
	}
	return t.Children(level, boundary)
}

// Listing lists documents of the tree of the keys within.
func (v *scopedView) Listing(boundary string) ([]Leaf, error) {
	t, err := v.whole()
	if err != nil {
		return nil, err
	}
	return t.Listing(boundary)
}

// Split names keys within that cut what is there into about equal parts.
func (v *scopedView) Split(parts int) ([]string, error) {
	cuts, err := v.View.Split(parts)
	return slices.DeleteFunc(cuts, func(key string) bool { return !inside(v.within, key, key+"\x00") }), err
}
