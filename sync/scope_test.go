package antientropy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// letters are the keys of the tests of scopes, and the bounds between them.
const letters = "abcdefgh"

// anyScope draws ranges in order that do not touch.
func anyScope(t *rapid.T, name string) []KeyRange {
	if rapid.IntRange(0, 3).Draw(t, name+" is whole") == 0 {
		return everything
	}
	cuts := rapid.SliceOfNDistinct(rapid.IntRange(0, len(letters)), 0, 6, rapid.ID[int]).Draw(t, name)
	slices.Sort(cuts)
	var out []KeyRange
	for len(cuts) >= 2 {
		r := KeyRange{From: letters[cuts[0]:][:1], To: ""}
		if cuts[0] == 0 {
			r.From = ""
		}
		if cuts[1] < len(letters) {
			r.To = letters[cuts[1]:][:1]
		}
		out = append(out, r)
		cuts = cuts[2:]
	}
	return out
}

func holdsKey(ranges []KeyRange, key string) bool {
	return slices.ContainsFunc(ranges, func(r KeyRange) bool { return r.Contains(key) })
}

// TestScopesAreSetsOfKeys compares the arithmetic of ranges with sets of keys.
func TestScopesAreSetsOfKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyScope(t, "a"), anyScope(t, "b")
		both, not := common(a, b), outside(a)
		if len(a) > 0 {
			if err := checkScope(a); err != nil {
				t.Fatal(err)
			}
		}
		for i := range len(letters) {
			key := letters[i:][:1]
			for _, key := range []string{key, key + "x"} {
				inA, inB := holdsKey(a, key), holdsKey(b, key)
				if holdsKey(both, key) != (inA && inB) || holdsKey(not, key) == inA {
					t.Fatalf("%q: %v, %v, common %v, outside %v", key, a, b, both, not)
				}
				if inside(a, key, key+"\x00") != inA {
					t.Fatalf("%q inside %v", key, a)
				}
			}
		}
		know := crdt.Know(crdt.Counters{{'r'}: 1}.Vector())
		for i := range len(letters) {
			key := letters[i:][:1]
			if got := restrict(know, a).At(key).Len() > 0; got != holdsKey(a, key) {
				t.Fatalf("%q known %v in %v", key, got, a)
			}
		}
	})
}

// TestPairExchangesCommonKeys: two sides of any scopes that write all the time
// end up with the same of the keys that both want, and neither gets another.
func TestPairExchangesCommonKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFake("A"), newFake("B")
		scopes := [2][]KeyRange{anyScope(t, "A wants"), anyScope(t, "B wants")}
		write := func(i int) bool {
			f, key := []*fake{a, b}[i], rapid.SampledFrom([]string{"a", "b", "cx", "d", "e", "fx", "g", "h"}).Draw(t, "key")
			if !holdsKey(scopes[i], key) {
				return false
			}
			if rapid.IntRange(0, 3).Draw(t, "removes") == 0 {
				f.collection("people").remove(key)
			} else {
				f.collection("people").put(rapid.IntRange(0, 40).Draw(t, "size"), key)
			}
			return true
		}
		for range rapid.IntRange(0, 12).Draw(t, "before") {
			write(rapid.IntRange(0, 1).Draw(t, "who"))
		}
		p := newPair(t, a, b, func(i int, c *Config) {
			c.Scope = func(string) []KeyRange { return scopes[i] }
		}).start()
		for range rapid.IntRange(0, 40).Draw(t, "steps") {
			i := rapid.IntRange(0, 1).Draw(t, "side")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				if write(i) {
					p.changed(i, "people")
				}
			case 1:
				p.commit(i)
			default:
				p.deliver(i)
			}
		}
		p.settle().tick(3 * time.Second).settle()
		p.sameWithin("people", common(scopes[0], scopes[1]))
		for i, f := range []*fake{a, b} {
			for key := range f.collection("people").docs {
				if !holdsKey(scopes[i], key) {
					t.Fatalf("%s holds %q, which it does not want\n%s", f.name, key, p.story)
				}
			}
		}
	})
}

// sameWithin fails unless both sides are open, and know, hold and have proven
// the same of some keys.
func (p *pair) sameWithin(collection string, keys []KeyRange) {
	p.t.Helper()
	a, b := p.sides[0].collection(collection), p.sides[1].collection(collection)
	if ka, kb := restrict(a.know, keys), restrict(b.know, keys); len(keys) > 0 && !ka.Equal(kb) {
		p.t.Fatalf("knowledge %s and %s\n%s", ka, kb, p.story)
	}
	for _, key := range slices.Concat(sortedKeysOf(a), sortedKeysOf(b)) {
		if holdsKey(keys, key) && fmt.Sprint(a.docs[key].live) != fmt.Sprint(b.docs[key].live) {
			p.t.Fatalf("%q is %v and %v\n%s", key, a.docs[key].live, b.docs[key].live, p.story)
		}
	}
	for _, s := range p.sides {
		if s.closed != nil {
			p.t.Fatalf("%s closed: %s %s\n%s", s.name, s.closed.Reason, s.closed.Detail, p.story)
		}
		if s.views != 0 {
			p.t.Fatalf("%s has %d views open", s.name, s.views)
		}
		for _, st := range s.session.Status() {
			if st.Phase != PhaseConverged && st.Phase != PhaseDeclined {
				p.t.Fatalf("%s: %+v\n%s", s.name, st, p.story)
			}
			if st.Ahead > 0 || st.Behind > 0 {
				p.t.Fatalf("%s counts %+v\n%s", s.name, st, p.story)
			}
		}
	}
}

func sortedKeysOf(c *fakeCollection) (keys []string) {
	for key := range c.docs {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
