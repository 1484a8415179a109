package antientropy

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// leave drops a range of keys as a store does: what was there is unknown from
// now on, and what this replica writes next has dots of another incarnation.
func (f *fake) leave(c *fakeCollection, ranges []KeyRange) {
	for key := range c.docs {
		if holdsKey(ranges, key) {
			delete(c.docs, key)
		}
	}
	for _, r := range ranges {
		c.know, c.forgot = c.know.Forfeit(r.From, r.To), c.forgot.Forfeit(r.From, r.To)
	}
	if c.counter > 0 {
		binary.BigEndian.PutUint64(f.nonce[8:], binary.BigEndian.Uint64(f.nonce[8:])+1)
		f.id, c.counter = crdt.NewReplicaID(f.key.Public().(ed25519.PublicKey), f.nonce), 0
	}
}

// history is what has happened to each key, as nobody merges it: every change
// that was made, and those that its writer had seen and so replaced.
type history struct{ made, replaced map[string][]crdt.Dot }

func (h history) wrote(c *fakeCollection, key string, do func()) {
	h.replaced[key] = append(h.replaced[key], c.docs[key].live...)
	do()
	h.made[key] = append(h.made[key], c.docs[key].live...)
}

// live are the changes of a key that nobody has replaced.
func (h history) live(key string) (dots []crdt.Dot) {
	for _, d := range h.made[key] {
		if !slices.Contains(h.replaced[key], d) {
			dots = append(dots, d)
		}
	}
	slices.SortFunc(dots, crdt.Dot.Compare)
	return dots
}

// TestScopesThatChangeLoseNothing: replicas take keys into their scopes and
// leave others, once somebody has what they hold of them, while everybody
// writes and sessions break off anywhere. In the end who wants a key holds
// exactly what was written of it and never replaced, so nothing was removed
// by who left, and nothing came back.
func TestScopesThatChangeLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newScopeWorld(t)
		for range rapid.IntRange(20, 100).Draw(t, "steps") {
			w.step(t)
		}
		w.finish(t)
	})
}

// scopeWorld is three replicas, of which the last wants everything, and the
// pair that is connected now.
type scopeWorld struct {
	all    []*fake
	scopes [][]KeyRange
	past   history
	pair   *pair
	who    [2]int
}

func newScopeWorld(t *rapid.T) *scopeWorld {
	w := &scopeWorld{
		all:    []*fake{newFake("A"), newFake("B"), newFake("C")},
		scopes: [][]KeyRange{anyScope(t, "A wants"), anyScope(t, "B wants"), everything},
		past:   history{map[string][]crdt.Dot{}, map[string][]crdt.Dot{}},
	}
	w.connect(t, 0, 2)
	return w
}

// connect ends the session there is, wherever it stands, and begins another.
func (w *scopeWorld) connect(t *rapid.T, i, j int) {
	if w.pair != nil {
		w.pair.step(0, Stop{})
		w.pair.step(1, Stop{})
	}
	w.who = [2]int{i, j}
	w.pair = newPair(t, w.all[i], w.all[j], func(side int, c *Config) {
		scope := w.scopes[w.who[side]]
		c.Scope = func(string) []KeyRange { return scope }
	}).start()
}

func (w *scopeWorld) step(t *rapid.T) {
	switch rapid.IntRange(0, 10).Draw(t, "what") {
	case 10:
		if rapid.IntRange(0, 3).Draw(t, "forgets") == 0 {
			w.all[rapid.IntRange(0, 2).Draw(t, "who forgets")].collection("people").forget(strings.Split(letters, "")...)
		}
	case 0:
		i := rapid.IntRange(0, 2).Draw(t, "from")
		w.connect(t, i, (i+rapid.IntRange(1, 2).Draw(t, "to"))%3)
	case 1:
		w.rescope(t, rapid.IntRange(0, 1).Draw(t, "who"), anyScope(t, "wants"))
	case 2, 3:
		w.write(t)
	case 4:
		w.pair.commit(rapid.IntRange(0, 1).Draw(t, "side"))
	case 5, 6:
		w.pair.settle()
	default:
		w.pair.deliver(rapid.IntRange(0, 1).Draw(t, "side"))
	}
}

func (w *scopeWorld) write(t *rapid.T) {
	i, key := rapid.IntRange(0, 2).Draw(t, "writer"), letters[rapid.IntRange(0, 7).Draw(t, "key"):][:1]
	if !holdsKey(w.scopes[i], key) {
		return
	}
	c := w.all[i].collection("people")
	w.past.wrote(c, key, func() {
		if rapid.IntRange(0, 3).Draw(t, "removes") == 0 {
			c.remove(key)
		} else {
			c.put(3, key)
		}
	})
	for side, who := range w.who {
		if who == i {
			w.pair.changed(side, "people")
		}
	}
}

// rescope changes what a replica wants; it stays where others have not yet seen
// what it would drop, removals included that it has forgotten.
func (w *scopeWorld) rescope(t *rapid.T, i int, wanted []KeyRange) {
	c := w.all[i].collection("people")
	left := outside(wanted)
	for _, key := range strings.Split(letters, "") {
		if seen := w.seenElsewhere(i, key); holdsKey(left, key) && !(covered(seen, c.docs[key].heads) && seen.Covers(c.forgot.At(key))) {
			return // a removal that was forgotten here has no record that could say so
		}
	}
	w.scopes[i] = wanted
	if gone := common(left, everything); len(gone) > 0 {
		w.all[i].leave(c, gone)
	}
	w.connect(t, w.who[0], w.who[1])
}

// seenElsewhere is what the others who want a key have seen of it between them.
func (w *scopeWorld) seenElsewhere(i int, key string) crdt.VersionVector {
	seen := crdt.VersionVector{}
	for j, f := range w.all {
		if j != i && holdsKey(w.scopes[j], key) {
			seen = seen.Merge(f.collection("people").know.At(key))
		}
	}
	return seen
}

// finish lets everybody meet everybody, and compares with what has happened.
func (w *scopeWorld) finish(t *rapid.T) {
	for range 2 {
		for _, link := range [][2]int{{0, 2}, {1, 2}, {0, 1}} {
			w.connect(t, link[0], link[1])
			w.pair.settle().tick(3 * time.Second).settle()
			w.pair.sameWithin("people", common(w.scopes[link[0]], w.scopes[link[1]]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.past.made)) {
		want := fmt.Sprint(w.past.live(key))
		for i, f := range w.all {
			got := f.collection("people").docs[key].live
			if !holdsKey(w.scopes[i], key) {
				if len(got) > 0 {
					t.Fatalf("%s still has %q", f.name, key)
				}
			} else if fmt.Sprint(got) != want {
				t.Fatalf("%q is %v at %s, want %v\n%s", key, got, f.name, want, w.pair.story)
			}
		}
	}
}
