package antientropy

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestEverythingTogether: replicas in any graph write, remove, forget, refuse,
// pause, change what they want, prune and share links, take new incarnations,
// lose and renew their sessions, with windows of any size. When that has ended, the sessions
// that there are then, and no new ones, bring everybody to the same, prove it, and
// nobody ever raised an alarm.
func TestEverythingTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newTogether(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			w.step(t)
			w.m.run(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 7, 60, 400, 3000}).Draw(t, "ms")) * time.Millisecond)
		}
		w.finish(t)
	})
}

var togetherCollections = []string{"people", "places"}

// together is one schedule.
type together struct {
	m      *meshed
	limits Limits
	edges  [][2]int
	scopes [][]KeyRange
	past   map[string]history
	paused map[*meshEnd]bool
	odd    []map[string]bool // keys that a replica refuses for now
}

func newTogether(t *rapid.T) *together {
	n := rapid.IntRange(2, 5).Draw(t, "replicas")
	w := &together{
		m: newMeshed(t, n, rapid.Uint64Range(0, 1<<20).Draw(t, "seed")), past: map[string]history{}, paused: map[*meshEnd]bool{},
		limits: Limits{
			Frame:     rapid.SampledFrom([]int{0, 1, 100}).Draw(t, "frame"),
			Whole:     rapid.SampledFrom([]int{0, 1, 200}).Draw(t, "whole"),
			Documents: rapid.SampledFrom([]int{0, 1, 2}).Draw(t, "documents"),
			Window:    rapid.SampledFrom([]int{0, 1, 1000}).Draw(t, "window"),
			Frames:    rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "frames"),
			Compare:   rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "compare"),
			Snapshot:  rapid.SampledFrom([]time.Duration{0, 2 * time.Second}).Draw(t, "snapshot"),
		},
	}
	for _, name := range togetherCollections {
		w.past[name] = history{map[string][]crdt.Dot{}, map[string][]crdt.Dot{}}
	}
	scoped := rapid.IntRange(0, 2).Draw(t, "scoped") == 0
	for i, node := range w.m.nodes {
		w.scopes, w.odd = append(w.scopes, everything), append(w.odd, map[string]bool{})
		if scoped && i > 0 {
			w.scopes[i] = anyScope(t, node.name+" wants")
		}
		node.slow = time.Duration(rapid.SampledFrom([]int{0, 1, 30, 150}).Draw(t, "slow")) * time.Millisecond
		node.refuses = func(d Document) string {
			if w.odd[i][d.Key] && len(d.Body) > 0 { // what cannot be read; a removal can
				return "odd"
			}
			return ""
		}
	}
	for i := range n {
		for j := range i {
			if j == i-1 || rapid.IntRange(0, 2).Draw(t, "edge") == 0 {
				w.edges = append(w.edges, [2]int{j, i})
				w.connect(j, i)
			}
		}
	}
	return w
}

func (w *together) connect(i, j int) {
	at := []int{i, j}
	side := 0
	w.m.connect(i, j, func(c *Config) {
		scope := w.scopes[at[side]]
		side++
		c.Limits, c.Scope = w.limits, func(string) []KeyRange { return scope }
		c.Salt[3] = byte(w.m.order)
	})
}

// renew ends the sessions of a replica and begins others.
func (w *together) renew(i int) {
	for _, e := range w.m.nodes[i].ends {
		delete(w.paused, e)
		delete(w.paused, e.peer)
	}
	w.m.cut(i)
	for _, e := range w.edges {
		if e[0] == i || e[1] == i {
			w.connect(e[0], e[1])
		}
	}
}

func (w *together) step(t *rapid.T) {
	i := rapid.IntRange(0, len(w.m.nodes)-1).Draw(t, "at")
	node, name := w.m.nodes[i], rapid.SampledFrom(togetherCollections).Draw(t, "collection")
	var e *meshEnd
	if len(node.ends) > 0 {
		e = node.ends[rapid.IntRange(0, len(node.ends)-1).Draw(t, "link")]
	}
	c := node.collection(name)
	switch what := rapid.IntRange(0, 21).Draw(t, "what"); {
	case what < 8:
		w.write(i, name, letters[rapid.IntRange(0, 7).Draw(t, "key"):][:1], rapid.IntRange(0, 3).Draw(t, "how"))
	case what < 10:
		keys := []string{}
		for k := range rapid.IntRange(1, 8).Draw(t, "many") {
			keys = append(keys, letters[k:][:1])
		}
		for _, key := range keys {
			w.write(i, name, key, 1)
		}
	case what == 10:
		c.forget(strings.Split(letters, "")...)
	case what == 11:
		w.renew(i)
	case what == 12:
		w.odd[i][letters[rapid.IntRange(0, 7).Draw(t, "odd"):][:1]] = true
	case what == 13:
		clear(w.odd[i])
	case what == 14:
		w.rescope(t, i)
	case what == 15:
		w.incarnate(i)
	case e == nil:
	case what == 16:
		if c := e.session.collections[name]; c != nil {
			c.lazy.credit = -1000
		}
	case what == 17 || what == 18:
		w.paused[e] = !w.paused[e]
		e.step(Pause{w.paused[e]})
	case what == 19:
		parts := rapid.IntRange(1, 4).Draw(t, "parts")
		e.step(Share{name, rapid.IntRange(0, parts-1).Draw(t, "part"), parts})
	case what == 20:
		e.step(Recount{})
	case what == 21:
		e.step(SyncNow{})
	}
}

func (w *together) write(i int, name, key string, how int) {
	c := w.m.nodes[i].collection(name)
	if !holdsKey(w.scopes[i], key) {
		return
	}
	w.past[name].wrote(c, key, func() {
		switch how {
		case 0:
			c.remove(key)
		case 1:
			c.put(1, key)
		default:
			c.put(300, key)
		}
	})
	w.m.nodes[i].changed(name)
}

// incarnate makes a replica write under another name from now on.
func (w *together) incarnate(i int) {
	f := w.m.nodes[i].fake
	binary.BigEndian.PutUint64(f.nonce[8:], binary.BigEndian.Uint64(f.nonce[8:])+1)
	f.id = crdt.NewReplicaID(f.key.Public().(ed25519.PublicKey), f.nonce)
	for _, c := range f.collections {
		c.counter = 0
	}
	w.renew(i)
}

// rescope changes what a replica wants, where others have what it would drop.
func (w *together) rescope(t *rapid.T, i int) {
	if i == 0 {
		return
	}
	wanted := anyScope(t, "wants")
	left := common(w.scopes[i], outside(wanted))
	for name, c := range w.m.nodes[i].collections {
		for key, d := range c.docs {
			if holdsKey(left, key) && !w.heldElsewhere(i, name, key, d.heads) {
				return
			}
		}
	}
	if len(left) > 0 {
		for _, c := range w.m.nodes[i].collections {
			c.change()
			w.m.nodes[i].leave(c, left)
		}
		w.incarnate(i)
	}
	w.scopes[i] = wanted
	w.renew(i)
}

func (w *together) heldElsewhere(i int, name, key string, heads []crdt.Dot) bool {
	return slices.ContainsFunc(w.m.nodes, func(n *meshNode) bool {
		return n != w.m.nodes[i] && covered(n.collection(name).know.At(key), heads)
	})
}

// finish lets what was wrong be right again, and looks what comes of it.
func (w *together) finish(t *rapid.T) {
	for i := range w.m.nodes {
		clear(w.odd[i])
		w.m.nodes[i].slow = time.Millisecond
	}
	for _, e := range w.edges {
		for _, end := range w.m.nodes[e[0]].ends {
			for _, end := range []*meshEnd{end, end.peer} {
				end.step(Pause{})
			}
		}
	}
	w.m.run(5 * time.Second)
	for _, name := range togetherCollections { // what was refused is offered when it has changed
		for _, key := range strings.Split(letters, "") {
			for i := range w.m.nodes {
				w.write(i, name, key, 1)
			}
		}
	}
	w.m.run(60 * time.Second)
	for _, node := range w.m.nodes {
		for _, e := range node.ends {
			w.agreed(t, e)
		}
	}
}

// agreed fails unless both sides of a session hold the same of what both want,
// and know it.
func (w *together) agreed(t *rapid.T, e *meshEnd) {
	other := e.peer.node
	i, j := slices.Index(w.m.nodes, e.node), slices.Index(w.m.nodes, other)
	both := common(w.scopes[i], w.scopes[j])
	for _, name := range togetherCollections {
		a, b := e.node.collection(name), other.collection(name)
		if !restrict(a.know, both).Equal(restrict(b.know, both)) {
			t.Fatalf("%s: %s knows %s and %s %s\n%+v\n%+v", name, e.node.name, a.know, other.name, b.know, e.session.Status(), e.peer.session.Status())
		}
		for _, key := range strings.Split(letters, "") {
			x, y := a.docs[key].live, b.docs[key].live
			if holdsKey(both, key) && fmt.Sprint(x) != fmt.Sprint(y) {
				t.Fatalf("%s/%s: %v at %s, %v at %s", name, key, x, e.node.name, y, other.name)
			}
		}
	}
	for _, st := range e.session.Status() {
		if st.Phase != PhaseDeclined && (st.Phase != PhaseConverged || st.Ahead != 0 || st.Behind != 0) {
			t.Fatalf("%s towards %s: %+v\n%+v", e.node.name, other.name, st, e.peer.session.Status())
		}
	}
}
