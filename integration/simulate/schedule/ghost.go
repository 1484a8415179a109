package schedule

import (
	"bytes"
	"iter"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// ghost is what the simulation knows of one document at one peer. It is never
// changed, but replaced.
type ghost struct {
	seen opset // operations incorporated
	gone dots  // dots seen removed
	live dots  // dots in the store
	body []byte
	vec  crdt.VersionVector

	heads     []crdt.Dot
	forgotten crdt.VersionVector
	news      int // of the document, see world.news, when this was checked
}

var nothing = &ghost{}

// ghosts is all that the simulation knows of one peer's store.
type ghosts struct {
	slots map[address]int
	all   []*ghost // nil: nothing
}

func (w *world) noGhosts() ghosts { return ghosts{w.slots, make([]*ghost, len(w.addresses))} }

func (g ghosts) clone() ghosts { return ghosts{g.slots, slices.Clone(g.all)} }

func (g ghosts) at(a address) *ghost {
	if i, ok := g.slots[a]; ok && g.all[i] != nil {
		return g.all[i]
	}
	return nothing
}

// each yields the ghosts by the numbers of their documents.
func (g ghosts) each() iter.Seq2[int, *ghost] {
	return func(yield func(int, *ghost) bool) {
		for i, x := range g.all {
			if x != nil && !yield(i, x) {
				return
			}
		}
	}
}

// inspect reads the real store of p and checks everything that may not
// happen there.
func (w *world) inspect(p *peer) {
	for _, coll := range w.collections {
		v, err := p.docs.View(coll)
		if err != nil {
			w.fail("view of %s at %s: %v", coll, p, err)
		}
		know := v.Knowledge()
		forgotten, err := v.Forgotten()
		if err != nil {
			w.fail("what is forgotten of %s at %s: %v", coll, p, err)
		}
		if !know.Covers(forgotten) {
			w.fail("%s has forgotten of %s %s, and knows %s", p, coll, forgotten, know)
		}
		if _, ok := know.Whole(); !ok {
			w.tally["collections known in parts"]++
		}
		for _, key := range w.keys {
			if !p.holds(key) || len(p.rotten) > 0 && p.rotten[address{coll, key}] != "" {
				if p.holds(key) {
					rec, _ := v.Record(key)
					w.heard(p, w.slots[address{coll, key}], forgotten.At(key), rec.Heads)
				}
				continue // unknown, and may be there until it is deleted
			}
			rec, err := v.Record(key)
			if err != nil {
				w.fail("read %s/%s at %s: %v", coll, key, p, err)
			}
			w.examine(p, w.slots[address{coll, key}], know.At(key), forgotten.At(key), rec.Heads, rec.Body)
		}
		if err := v.Close(); err != nil {
			w.fail("close view: %v", err)
		}
	}
	w.compare(p)
	p.wag()
}

// examine checks one document of a peer, unless it is as it was when that was done last.
func (w *world) examine(p *peer, slot int, vec, forgotten crdt.VersionVector, heads []crdt.Dot, body []byte) {
	a, was := w.addresses[slot], p.ghosts.all[slot]
	if was == nil {
		was = nothing
	}
	if was.news == w.news[slot] && was.vec.Equal(vec) && was.forgotten.Equal(forgotten) && slices.Equal(was.heads, heads) && bytes.Equal(was.body, body) {
		return
	}
	g := *was
	p.ghosts.all[slot] = &g
	g.heads, g.vec, g.forgotten, g.news = heads, vec, forgotten, w.news[slot]
	if w.loose[a] {
		g.body = bytes.Clone(body)
		w.hear(&g, a, heads)
		return
	}
	w.told(&g, slot, forgotten)
	for _, h := range heads {
		o := w.byHead[dotIn{a.collection, h}]
		if o == nil || o.address != a {
			w.fail("%s at %s has head %s that nobody wrote there", a, p, h)
		}
		g.seen.union(o.past)
	}
	w.lies(p, slot, &g)
	r := w.record(a)
	x, err := r.proof(g.seen, body)
	if x == nil {
		w.fail("%s at %s: %v", a, p, err)
	}
	if !bytes.Equal(body, g.body) {
		for d := range x.live {
			if _, gone := g.gone[d]; gone {
				w.fail("Law C: %s of %s came back at %s", d, a, p)
			}
		}
		if removed := g.live.without(x.live); len(removed) > 0 {
			if g.gone = maps.Clone(g.gone); g.gone == nil {
				g.gone = dots{}
			}
			for _, d := range removed {
				g.gone[d] = struct{}{}
			}
		}
		g.live, g.body = x.live, x.body
	}
	if err != nil {
		w.fail("content: %s at %s is not what it has seen; heads %v: %v", a, p, heads, err)
	}
}

// told adds the removals that are forgotten: no document tells of them any more, and they are known all the same.
func (w *world) told(g *ghost, slot int, forgotten crdt.VersionVector) {
	for _, o := range w.opsOf[slot] {
		if !o.lost && forgotten.Has(o.head) {
			g.seen.union(o.past)
		}
	}
}

// heard notes what p has heard of a document that is damaged: no matter what it
// holds, its heads name what nobody else may have, and so does what is forgotten of it.
func (w *world) heard(p *peer, slot int, forgotten crdt.VersionVector, heads []crdt.Dot) {
	g := *nothing
	if was := p.ghosts.all[slot]; was != nil {
		g = *was
	}
	w.told(&g, slot, forgotten)
	w.hear(&g, w.addresses[slot], heads)
	p.ghosts.all[slot] = &g
}

// hear adds what heads are built on, as far as anybody wrote them.
func (w *world) hear(g *ghost, a address, heads []crdt.Dot) {
	for _, h := range heads {
		if o := w.byHead[dotIn{a.collection, h}]; o != nil && o.address == a {
			g.seen.union(o.past)
		}
	}
}

// lies fails if the vector covers an operation that was not incorporated.
func (w *world) lies(p *peer, slot int, g *ghost) {
	for _, o := range w.opsOf[slot] {
		if !o.lost && !g.seen.has(o.index) && g.vec.Has(o.first) {
			w.fail("lie: %s claims %s of %s, with %s", p, o.first, o.address, g.vec)
		}
	}
}

// compare checks Law E between p and everybody else.
func (w *world) compare(p *peer) {
	for _, q := range w.peers {
		if q == p {
			continue
		}
		for i, g := range p.ghosts.each() {
			h := q.ghosts.all[i]
			if h == nil {
				h = nothing
			}
			if bytes.Equal(g.body, h.body) || !g.vec.Equal(h.vec) {
				continue
			}
			if a := w.addresses[i]; !w.loose[a] && p.rotten[a] == "" && q.rotten[a] == "" {
				w.fail("Law E: %s at %s and %s, both at %s, %x and %x", a, p, q, g.vec, g.body, h.body)
			}
		}
	}
}
