package storage_test

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

const lawsCollection = "laws"

var lawsKeys = []string{"a", "a/b", "b", "m", "z"}

// packet is a frame on its way, with what its sender has incorporated of each
// listed document.
type packet struct {
	storage.Frame
	seen  map[string]dots
	whole map[string][]byte // the bodies of documents that were reduced
}

// link is one direction of a session: what the receiver will know once it has
// merged the frames that are on their way.
type link struct {
	up    bool
	known crdt.Knowledge
	queue []packet
}

// world is some replicas, their oracles, and the frames between them.
type world struct {
	t       *rapid.T
	nodes   []*node
	oracles []*oracle
	links   map[[2]int]*link
	changes map[string]dots // of each key: every head ever
	step    int
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, links: map[[2]int]*link{}, changes: map[string]dots{}}
	for i := range rapid.IntRange(2, 3).Draw(t, "replicas") {
		n := newNode(t, byte('a'+i))
		n.SortAtMost(rapid.SampledFrom([]int{1, 3, 1 << 16}).Draw(t, "sorted"))
		w.nodes, w.oracles = append(w.nodes, n), append(w.oracles, newOracle())
	}
	for _, k := range lawsKeys {
		w.changes[k] = dots{}
	}
	return w
}

// write is one transaction over some documents.
func (w *world) write(i int) {
	n, o := w.nodes[i], w.oracles[i]
	var cs []change
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(lawsKeys), 1, 3, rapid.ID).Draw(w.t, "keys") {
		w.step++
		cs = append(cs, w.change(i, key))
	}
	before := w.counter(i)
	n.write(w.t, lawsCollection, cs...)
	after := w.counter(i)
	for _, c := range cs {
		rec := w.get(i, c.key)
		if heads := dotsOf(rec.Heads); !heads.equal(o.heads[c.key]) {
			if len(rec.Heads) != 1 || rec.Heads[0].Replica != n.Replica() || rec.Heads[0].Counter <= before || rec.Heads[0].Counter > after {
				w.t.Fatalf("%c/%s: heads %v after a write of %d..%d", n.name, c.key, rec.Heads, before+1, after)
			}
			live := liveDots(w.t, rec.Body)
			for d := range o.live[c.key] {
				if !live[d] {
					o.gone[c.key][d] = true
				}
			}
			o.live[c.key], o.heads[c.key] = live, heads
			o.seen[c.key][rec.Heads[0]], w.changes[c.key][rec.Heads[0]] = true, true
		}
	}
	if after > 0 {
		for key, v := range o.know {
			v.Raise(n.Replica(), after)
			o.know[key] = v
		}
	}
}

func (w *world) counter(i int) (c uint64) {
	for _, v := range w.oracles[i].know {
		c = max(c, v.Counter(w.nodes[i].Replica()))
	}
	k := w.nodes[i].knowledge(w.t, lawsCollection)
	return max(c, k.Max().Counter(w.nodes[i].Replica()))
}

func (w *world) get(i int, key string) storage.Record {
	rec, err := w.nodes[i].Get(lawsCollection, key)
	if err != nil {
		w.t.Fatalf("get %c/%s: %v", w.nodes[i].name, key, err)
	}
	return rec
}

func (w *world) link(i, j int) *link {
	l := w.links[[2]int{i, j}]
	if l == nil {
		l = &link{}
		w.links[[2]int{i, j}] = l
	}
	return l
}

// push sends what j lacks, in small frames, from one snapshot of i. The first
// push of a session is the drain, later ones build on what is on its way.
func (w *world) push(i, j int) {
	l := w.link(i, j)
	if !l.up {
		*l = link{up: true, known: w.nodes[j].knowledge(w.t, lawsCollection)}
	}
	w.checkCandidates(i, l.known)
	size := rapid.SampledFrom([]int{1, 2, 100}).Draw(w.t, "frame")
	for _, f := range w.nodes[i].frames(w.t, lawsCollection, l.known, size) {
		p := packet{f, map[string]dots{}, map[string][]byte{}}
		w.reduce(i, &p)
		for _, key := range lawsKeys {
			if (crdt.Range{From: f.From, To: f.To}).Contains(key) {
				p.seen[key] = dotsOf(slices.Collect(mapKeys(w.oracles[i].seen[key])))
			}
		}
		l.queue = append(l.queue, p)
	}
	l.known = l.known.Merge(w.nodes[i].knowledge(w.t, lawsCollection))
}

func mapKeys(s dots) func(func(crdt.Dot) bool) {
	return func(yield func(crdt.Dot) bool) {
		for d := range s {
			if !yield(d) {
				return
			}
		}
	}
}

// checkCandidates compares what the index says with what the oracle knows.
func (w *world) checkCandidates(i int, known crdt.Knowledge) {
	var want []string
	for _, key := range lawsKeys {
		for h := range w.oracles[i].heads[key] {
			if !known.At(key).Has(h) {
				want = append(want, key)
				break
			}
		}
	}
	v, err := w.nodes[i].View(lawsCollection)
	if err != nil {
		w.t.Fatalf("view: %v", err)
	}
	defer v.Close()
	got, more, err := v.Candidates(known, "", 100)
	if err != nil || more || !slices.Equal(got, want) {
		w.t.Fatalf("candidates of %c for %v: %q %v %v, want %q", w.nodes[i].name, known, got, more, err, want)
	}
}

// deliver merges the next frame from i to j.
func (w *world) deliver(i, j int) {
	l := w.link(i, j)
	if len(l.queue) == 0 {
		return
	}
	p := l.queue[0]
	l.queue = l.queue[1:]
	o, was := w.oracles[j], w.nodes[j].Replica()
	listed := map[string]storage.FrameDocument{}
	for _, d := range p.Documents {
		if body, reduced := p.whole[d.Key]; reduced {
			d.Body = body
		}
		listed[d.Key] = d
	}
	ahead := p.Vector.Counter(was) > w.counter(j)
	m := w.mergeAt(j, p)
	if m.Renewed != ahead || (w.nodes[j].Replica() != was) != ahead {
		w.t.Fatalf("renewed %v, but the frame is ahead of the own replica: %v", m.Renewed, ahead)
	}
	for _, key := range lawsKeys {
		if !(crdt.Range{From: p.From, To: p.To}).Contains(key) || !o.know[key].Covers(p.Base) {
			continue
		}
		if d, ok := listed[key]; ok {
			live := liveDots(w.t, d.Body)
			next := joinDots(o.live[key], o.know[key], live, p.Vector)
			for x := range live {
				o.gone[key][x] = o.gone[key][x] || !next[x]
			}
			for x := range o.live[key] {
				o.gone[key][x] = o.gone[key][x] || !next[x]
			}
			for x := range next {
				if o.gone[key][x] {
					w.t.Fatalf("Law C: %s of %s came back at %c", x, key, w.nodes[j].name)
				}
			}
			o.heads[key] = joinDots(o.heads[key], o.know[key], dotsOf(d.Heads), p.Vector)
			o.live[key] = next
		}
		for x := range p.seen[key] {
			o.seen[key][x] = true
		}
		o.know[key] = o.know[key].Merge(p.Vector)
	}
}

// lose drops the next frame from i to j; those behind it arrive.
func (w *world) lose(i, j int) {
	if l := w.link(i, j); len(l.queue) > 0 {
		l.queue = l.queue[1:]
	}
}

// forfeit loses a range of keys.
func (w *world) forfeit(i int) {
	from := rapid.SampledFrom(append([]string{""}, lawsKeys...)).Draw(w.t, "from")
	to := rapid.SampledFrom(append([]string{""}, lawsKeys...)).Draw(w.t, "to")
	if to != "" && from >= to {
		return
	}
	was := w.nodes[i].Replica()
	err := w.nodes[i].Update(func(b *storage.Batch) error { return b.Forfeit(lawsCollection, from, to) })
	if err != nil || w.nodes[i].Replica() == was {
		w.t.Fatalf("forfeit: %v, replica %s", err, was)
	}
	for _, key := range lawsKeys {
		if (crdt.Range{From: from, To: to}).Contains(key) {
			w.oracles[i].forget(key)
		}
	}
	if rapid.Bool().Draw(w.t, "dies") {
		w.cut(i)
	}
}

// restart reopens a replica's store, after a clean stop or after kill -9.
func (w *world) restart(i int) {
	n := w.nodes[i]
	was, clean := n.Replica(), rapid.Bool().Draw(w.t, "clean")
	relaxed := rapid.Bool().Draw(w.t, "relaxed")
	if clean {
		if err := n.Close(); err != nil {
			w.t.Fatalf("close: %v", err)
		}
	} else {
		n.store = n.store.Kill()
	}
	n.open(w.t, storage.Options{Restored: relaxed})
	if (n.Replica() != was) != relaxed {
		w.t.Fatalf("restored %v, but replica %s is now %s", relaxed, was, n.Replica())
	}
	w.cut(i)
}

func (w *world) cut(i int) {
	for l := range w.links {
		if l[0] == i || l[1] == i {
			delete(w.links, l)
		}
	}
}

func (w *world) check() {
	for i, n := range w.nodes {
		o, know := w.oracles[i], w.nodes[i].knowledge(w.t, lawsCollection)
		live := uint64(0)
		for _, key := range lawsKeys {
			rec := w.get(i, key)
			if got := liveDots(w.t, rec.Body); !got.equal(o.live[key]) {
				w.t.Fatalf("%c/%s holds %v, want %v", n.name, key, got, o.live[key])
			}
			if got := dotsOf(rec.Heads); !got.equal(o.heads[key]) {
				w.t.Fatalf("%c/%s has heads %v, want %v", n.name, key, got, o.heads[key])
			}
			if !know.At(key).Equal(o.know[key]) {
				w.t.Fatalf("%c/%s: known is %v, want %v", n.name, key, know.At(key), o.know[key])
			}
			for d := range w.changes[key] {
				if know.At(key).Has(d) && !o.seen[key][d] {
					w.t.Fatalf("lie: %c claims %s of %s", n.name, d, key)
				}
			}
			for j := range i {
				other := w.get(j, key)
				if o.know[key].Equal(w.oracles[j].know[key]) && string(other.Body) != string(rec.Body) {
					w.t.Fatalf("Law E: %s at %c and %c", key, n.name, w.nodes[j].name)
				}
			}
			if rec.Exists() {
				live++
			}
		}
		w.checkStore(i, live)
	}
}

func (w *world) checkStore(i int, live uint64) {
	n := w.nodes[i]
	v, err := n.View(lawsCollection)
	if err != nil {
		w.t.Fatalf("view: %v", err)
	}
	defer v.Close()
	if v.Count() != live {
		w.t.Fatalf("%c counts %d documents, has %d", n.name, v.Count(), live)
	}
	found, err := n.VerifyRange(lawsCollection, "", "")
	if err != nil || len(found) > 0 {
		w.t.Fatalf("verify %c: %v %v", n.name, found, err)
	}
}

// settle lets everybody hear of everything.
func (w *world) settle() {
	for range 2*len(w.nodes) + 2 {
		for i := range w.nodes {
			for j := range w.nodes {
				if i == j {
					continue
				}
				w.cut(i)
				w.push(i, j)
				for len(w.link(i, j).queue) > 0 {
					w.deliver(i, j)
				}
			}
		}
	}
	w.check()
	for _, n := range w.nodes {
		if n.hash(w.t, lawsCollection); n.root(w.t, lawsCollection) != w.nodes[0].root(w.t, lawsCollection) {
			w.t.Fatalf("%c and %c have different roots", n.name, w.nodes[0].name)
		}
	}
	w.check()
	for _, n := range w.nodes[1:] {
		if a, b := n.knowledge(w.t, lawsCollection), w.nodes[0].knowledge(w.t, lawsCollection); !a.Equal(b) {
			w.t.Fatalf("%c knows %v, %c knows %v", n.name, a, w.nodes[0].name, b)
		}
	}
}

// TestLaws runs random schedules of transactions, interleaved drains that die,
// lost ranges, restarts and new incarnations, and compares every replica with
// an oracle of plain sets after each step.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		pick := rapid.IntRange(0, len(w.nodes)-1)
		link := func() (int, int) {
			i, d := pick.Draw(t, "from"), rapid.IntRange(1, len(w.nodes)-1).Draw(t, "distance")
			return i, (i + d) % len(w.nodes)
		}
		for range rapid.IntRange(5, 40).Draw(t, "steps") {
			switch x := rapid.IntRange(0, 99).Draw(t, "step"); {
			case x < 30:
				w.write(pick.Draw(t, "writer"))
			case x < 50:
				w.push(link())
			case x < 85:
				w.deliver(link())
			case x < 88:
				w.lose(link())
			case x < 92:
				w.cut(pick.Draw(t, "cut"))
			case x < 95:
				w.restart(pick.Draw(t, "restarted"))
			case x < 96:
				w.nodes[pick.Draw(t, "hashed")].hash(t, lawsCollection)
			case x < 98:
				w.forfeit(pick.Draw(t, "loser"))
			default:
				if err := w.nodes[pick.Draw(t, "renewed")].Update((*storage.Batch).Renew); err != nil {
					t.Fatalf("renew: %v", err)
				}
			}
			w.check()
		}
		w.settle()
	})
}
