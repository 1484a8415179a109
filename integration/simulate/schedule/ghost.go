package schedule

import (
	"bytes"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// ghost is what the simulation knows of one document at one peer.
type ghost struct {
	seen opset // operations incorporated
	gone dots  // dots seen removed
	live dots  // dots in the store
	body []byte
	vec  crdt.VersionVector

	checked []byte // the body that was what
	proved  opset  // these operations amount to
}

// ghosts is all that the simulation knows of one peer's store.
type ghosts map[address]*ghost

func (g ghosts) clone() ghosts {
	c := make(ghosts, len(g))
	for a, x := range g {
		y := *x
		y.gone = maps.Clone(x.gone) // live, body and vec are replaced, never changed
		c[a] = &y
	}
	return c
}

func (g ghosts) at(a address) *ghost {
	x := g[a]
	if x == nil {
		x = &ghost{gone: dots{}, live: dots{}}
		g[a] = x
	}
	return x
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
			if !p.holds(key) || p.rotten[address{coll, key}] != "" {
				continue // unknown, and may be there until it is deleted
			}
			rec, err := v.Record(key)
			if err != nil {
				w.fail("read %s/%s at %s: %v", coll, key, p, err)
			}
			w.examine(p, address{coll, key}, know.At(key), forgotten.At(key), rec.Heads, rec.Body)
		}
		if err := v.Close(); err != nil {
			w.fail("close view: %v", err)
		}
	}
	w.compare(p)
	p.wag()
}

// examine checks one document of a peer.
func (w *world) examine(p *peer, a address, vec, forgotten crdt.VersionVector, heads []crdt.Dot, body []byte) {
	g := p.ghosts.at(a)
	if w.loose[a] {
		g.body, g.vec = bytes.Clone(body), vec
		return
	}
	for _, o := range w.opsOf[a] {
		if !o.lost && forgotten.Has(o.head) {
			g.seen.union(o.past)
		}
	}
	for _, h := range heads {
		o := w.byHead[dotIn{a.collection, h}]
		if o == nil || o.address != a {
			w.fail("%s at %s has head %s that nobody wrote there", a, p, h)
		}
		g.seen.union(o.past)
	}
	if !bytes.Equal(body, g.body) {
		d, err := crdt.Decode(slices.Clone(body))
		if err != nil {
			w.fail("%s at %s: %v", a, p, err)
		}
		live := dotsOf(d)
		for x := range live {
			if _, gone := g.gone[x]; gone {
				w.fail("Law C: %s of %s came back at %s", x, a, p)
			}
		}
		for _, x := range g.live.without(live) {
			g.gone[x] = struct{}{}
		}
		g.live, g.body = live, bytes.Clone(body)
	}
	g.vec = vec
	w.lies(p, a, g)
	if bytes.Equal(g.body, g.checked) && g.seen == g.proved {
		return
	}
	d, err := crdt.Decode(slices.Clone(body))
	if err != nil {
		w.fail("%s at %s: %v", a, p, err)
	}
	if err := w.record(a).amount(g.seen).Check(d); err != nil {
		w.fail("content: %s at %s is not what it has seen; heads %v: %v", a, p, heads, err)
	}
	g.checked, g.proved = g.body, g.seen
}

// lies fails if the vector covers an operation that was not incorporated.
func (w *world) lies(p *peer, a address, g *ghost) {
	for _, o := range w.opsOf[a] {
		if !o.lost && g.vec.Has(o.first) && !g.seen.has(o.index) {
			w.fail("lie: %s claims %s of %s, with %s", p, o.first, a, g.vec)
		}
	}
}

// compare checks Law E between p and everybody else.
func (w *world) compare(p *peer) {
	for _, q := range w.peers {
		if q == p {
			continue
		}
		for a, g := range p.ghosts {
			if w.loose[a] || p.rotten[a] != "" || q.rotten[a] != "" {
				continue
			}
			if h := q.ghosts.at(a); g.vec.Equal(h.vec) && !bytes.Equal(g.body, h.body) {
				w.fail("Law E: %s at %s and %s, both at %s, %x and %x", a, p, q, g.vec, g.body, h.body)
			}
		}
	}
}
