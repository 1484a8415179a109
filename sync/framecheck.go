package antientropy

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// contains reports whether key lies in [f.From, f.To).
func (f Frame) contains(key string) bool {
	return f.From <= key && (f.To == "" || key < f.To)
}

// check refuses a frame whose parts contradict each other. Signatures and
// canonical bytes are checked where the frame is merged.
func (f Frame) check() error {
	if f.To != "" && f.From >= f.To {
		return ends(ReasonBadFrame, "from %q to %q", f.From, f.To)
	}
	if !f.Vector.Covers(f.Base) {
		return ends(ReasonBadFrame, "base %s beyond vector %s", f.Base, f.Vector)
	}
	if !f.Vector.Covers(f.Forgotten) {
		return ends(ReasonBadFrame, "forgotten %s beyond vector %s", f.Forgotten, f.Vector)
	}
	last := ""
	for _, d := range f.Documents {
		if err := crdt.CheckKey(d.Key); err != nil {
			return ends(ReasonBadFrame, "%v", err)
		}
		if !f.contains(d.Key) || d.Key <= last {
			return ends(ReasonBadFrame, "key %q out of place", d.Key)
		}
		last = d.Key
		if len(d.Heads) == 0 && (d.Body != nil || f.Forgotten.Len() == 0) {
			return ends(ReasonBadFrame, "key %q without heads", d.Key)
		}
		for i, h := range d.Heads {
			if h.Counter == 0 || !f.Vector.Has(h) {
				return ends(ReasonBadFrame, "key %q: vector does not cover head %s", d.Key, h)
			}
			if i > 0 && d.Heads[i-1].Compare(h) >= 0 {
				return ends(ReasonBadFrame, "key %q: heads out of order", d.Key)
			}
		}
	}
	return nil
}

// checkEnds refuses the ends of a run of keys that are longer than any key: they
// are remembered, and only their number is bounded.
func checkEnds(keys ...string) error {
	for _, key := range keys {
		if len(key) > crdt.MaxKey+1 {
			return endless(key)
		}
	}
	return nil
}

func endless(key string) error { return ends(ReasonOversized, "key of %d bytes", len(key)) }

// checkNamed refuses keys of documents that no document can have.
func checkNamed(keys []string) error {
	for _, key := range keys {
		if len(key) > crdt.MaxKey {
			return endless(key)
		}
		if err := crdt.CheckKey(key); err != nil {
			return bad("%v", err)
		}
	}
	return nil
}

// covered reports whether v has seen all dots.
func covered(v crdt.VersionVector, dots []crdt.Dot) bool {
	return !slices.ContainsFunc(dots, func(d crdt.Dot) bool { return !v.Has(d) })
}

// least is the vector that counts, for each replica, what both count.
func least(a, b crdt.VersionVector) crdt.VersionVector {
	if b.Covers(a) {
		return a
	}
	if a.Covers(b) {
		return b
	}
	v := crdt.VersionVector{}
	for r, n := range a.All() {
		if m := min(n, b.Counter(r)); m > 0 {
			v.Set(r, m)
		}
	}
	return v
}
