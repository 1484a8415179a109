package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// indexed are stores, copies of each other among them that do not know it, of which
// the dot index is looked at after each thing that happens.
type indexed struct {
	t             *rapid.T
	nodes         []*node
	keys          []string
	twins, crowds int // entries seen that name several documents, or one with several heads
}

// exact fails unless the index of a store names, for each head of a record, its document and no other, and how many heads that has, and the state
// has the sum of it.
func (w *indexed) exact(n *node, after string) {
	want, got := []string{}, []string{}
	for _, key := range w.keys {
		rec, err := n.Get("c", key)
		if err != nil {
			w.t.Fatalf("after %s: %v", after, err)
		}
		for _, h := range rec.Heads {
			if n := min(len(rec.Heads), 16); n > 1 {
				w.crowds++
				want = append(want, fmt.Sprintf("%s %s\xff%c", h, key, n))
				continue
			}
			want = append(want, fmt.Sprint(h, " ", key))
		}
	}
	numbers := map[string]crdt.ReplicaID{}
	for _, item := range dump(w.t, n.store) {
		if item.Key[0] == 'r' && len(item.Key) == 5 {
			numbers[string(item.Key[1:])] = crdt.ReplicaID(item.Value[len(item.Value)-16:])
		}
	}
	for _, item := range dump(w.t, n.store) {
		if !bytes.HasPrefix(item.Key, []byte("ic\x00")) {
			continue
		}
		number, counter := string(item.Key[3:7]), uint64(0)
		for _, b := range item.Key[7:] {
			counter = counter<<8 | uint64(b)
		}
		named := bytes.Split(item.Value, []byte{0})
		if len(named) > 1 {
			w.twins++
		}
		for _, key := range named {
			got = append(got, fmt.Sprint(crdt.Dot{Replica: numbers[number], Counter: counter}, " ", string(key)))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		w.t.Fatalf("after %s the index of %c has %q, the records %q", after, n.name, got, want)
	}
	if sum, is, err := n.IndexSum("c"); err != nil || sum != is {
		w.t.Fatalf("after %s the sum of %c is %x, of its index %x, %v", after, n.name, sum, is, err)
	}
}

// pull brings what another store has, as a node does: what is counted and not recorded is given up first.
func (w *indexed) pull(n, from *node) {
	w.merge(n, func() []storage.Frame { return from.frames(w.t, "c", n.knowledge(w.t, "c"), 3) })
}

// merge is pull of these frames.
func (w *indexed) merge(n *node, frames func() []storage.Frame) {
	for range 10 {
		again := false
		for _, f := range frames() {
			_, err := n.tryMerge("c", f)
			var damaged *storage.DamagedError
			if errors.As(err, &damaged) && len(damaged.Unrecorded) > 0 {
				slices.Sort(damaged.Unrecorded)
				for _, key := range slices.Compact(damaged.Unrecorded) {
					w.do(n, func(b *storage.Batch) error { return b.Forfeit("c", key, key+"\x00") })
				}
				again = true
				break
			}
			if err != nil {
				w.t.Fatalf("merge: %v", err)
			}
		}
		if !again {
			return
		}
	}
}

// haveTwins begins with a store that has two documents of two copies under each of two dots.
func (w *indexed) haveTwins() {
	first, third := w.nodes[0], w.nodes[1]
	first.write(w.t, "c", change{key: "e", json: `1`})
	second := &node{store: first.store.Kill(), name: 'a', rand: &nonces{name: 'a', next: 50}, clock: first.clock}
	second.open(w.t, storage.Options{})
	w.nodes = append(w.nodes, second)
	for i := range 2 {
		first.write(w.t, "c", change{key: w.keys[i], json: `{"n":0}`})
		second.write(w.t, "c", change{key: w.keys[2+i], json: `{"n":1}`})
	}
	w.pull(third, first)
	w.do(third, func(b *storage.Batch) error { return b.Forfeit("c", "c", "e") })
	if rapid.Bool().Draw(w.t, "unread") {
		third.store = third.store.Kill()
		third.open(w.t, storage.Options{})
	}
	w.pull(third, second)
	w.exact(third, "copies have met")
}

func (w *indexed) do(n *node, fn func(b *storage.Batch) error) {
	if err := n.Update(fn); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// span is a random range of keys.
func (w *indexed) span() crdt.Range {
	from := rapid.SampledFrom(w.keys).Draw(w.t, "from")
	to := rapid.SampledFrom(append(w.keys, "")).Draw(w.t, "to")
	if to <= from {
		to = ""
	}
	return crdt.Range{From: from, To: to}
}

func (w *indexed) step() {
	i := rapid.IntRange(0, len(w.nodes)-1).Draw(w.t, "node")
	n := w.nodes[i]
	what := rapid.SampledFrom([]string{"write", "write", "write", "base", "pull", "pull", "all", "again", "forget", "leave", "forfeit", "open", "read", "copy", "reindex"}).Draw(w.t, "do")
	switch what {
	case "write", "base":
		var changes []change
		for _, key := range w.keys {
			if len(changes) == 0 && key == w.keys[len(w.keys)-1] || rapid.IntRange(0, 4).Draw(w.t, "this") == 0 {
				changes = append(changes, change{key: key, json: rapid.SampledFrom([]string{``, `1`, `{"a":2}`}).Draw(w.t, "json")})
			}
		}
		n.clock++
		w.do(n, func(b *storage.Batch) error {
			for _, c := range changes {
				if rec, err := b.Get("c", c.key); err != nil {
					return err
				} else if err := b.Listed("c", rec); what == "base" && err != nil {
					return err
				}
			}
			return writeIn(b, "c", n.clock, changes...)
		})
	case "again": // of a range that is known already: what a copy has there is another document under the same dot
		r := w.span()
		w.do(n, func(b *storage.Batch) error { return b.Forfeit("c", r.From, r.To) })
		w.exact(n, what)
		w.pull(n, rapid.SampledFrom(w.nodes).Draw(w.t, "source"))
	case "pull":
		if from := rapid.SampledFrom(w.nodes).Draw(w.t, "source"); from != n {
			w.pull(n, from)
		}
	case "all": // as of a peer that was asked before another one sent anything
		if from := rapid.SampledFrom(w.nodes).Draw(w.t, "source"); from != n {
			w.merge(n, func() []storage.Frame { return from.frames(w.t, "c", crdt.Knowledge{}, 10) })
		}
	case "forget":
		n.hash(w.t, "c")
		known := n.knowledge(w.t, "c")
		v, err := n.View("c")
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		keys, _, err := v.Forgettable(known, "", rapid.IntRange(1, 5).Draw(w.t, "most"))
		v.Close()
		if err != nil {
			w.t.Fatalf("%v", err)
		}
		w.do(n, func(b *storage.Batch) error {
			_, err := b.Forget("c", known, "", "", keys)
			return err
		})
	case "leave":
		r := w.span()
		w.do(n, func(b *storage.Batch) error { return b.Leave("c", []crdt.Range{r}) })
		w.do(n, func(b *storage.Batch) error {
			_, _, err := b.Drop("c", r.From, r.To, 100)
			return err
		})
	case "forfeit":
		r, most := w.span(), rapid.IntRange(1, 6).Draw(w.t, "entries")
		for left := []crdt.Range{r}; len(left) > 0; {
			w.do(n, func(b *storage.Batch) (err error) {
				left, err = b.ForfeitSome("c", left, most)
				return err
			})
			w.exact(n, "a part of it is given up")
		}
	case "open":
		n.store = n.store.Kill()
		n.open(w.t, storage.Options{})
	case "read":
		if err := n.Enrol("c"); err != nil {
			w.t.Fatalf("%v", err)
		}
	case "copy": // neither is told
		if len(w.nodes) < 5 {
			twin := &node{store: n.store.Kill(), name: n.name, rand: &nonces{name: n.name, next: byte(100 * len(w.nodes))}, clock: n.clock}
			twin.open(w.t, storage.Options{})
			w.nodes = append(w.nodes, twin)
		}
	case "reindex":
		w.do(n, func(b *storage.Batch) error { return b.Reindex("c", w.keys[:2]) })
	}
	w.exact(n, what)
}

// TestSumIsThatOfTheIndex: whatever happens to stores, and to copies of them that write on as one, the dot index names exactly what the
// records say, and the state has the sum of it: of puts, removals, what is forgotten, ranges that are left and come back, openings, before
// the index was read and after.
func TestSumIsThatOfTheIndex(t *testing.T) {
	twins, crowds := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := &indexed{t: t, nodes: []*node{newNode(t, 'a'), newNode(t, 'b')}, keys: []string{"a", "b", "c", "d", "e"}}
		if rapid.Bool().Draw(t, "with twins") {
			w.haveTwins()
		}
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			w.step()
		}
		for _, n := range w.nodes {
			if err := n.Enrol("c"); err != nil {
				t.Fatalf("at the end: %v", err)
			}
		}
		twins, crowds = twins+w.twins, crowds+w.crowds
	})
	t.Logf("%d entries named several documents, %d one with several heads", twins, crowds)
	if twins == 0 || crowds == 0 {
		t.Error("no entry named two documents, or none one with two heads")
	}
}
