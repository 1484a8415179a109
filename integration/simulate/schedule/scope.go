package schedule

import (
	"encoding/json"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// holds reports whether p wants a key.
func (p *peer) holds(key string) bool {
	return slices.ContainsFunc(p.scope, func(r antientropy.KeyRange) bool { return r.Contains(key) })
}

// holdsAll reports whether p wants all keys of a frame.
func (p *peer) holdsAll(f antientropy.Frame) bool {
	return slices.ContainsFunc(p.scope, func(r antientropy.KeyRange) bool {
		return r.From <= f.From && (r.To == "" || f.To != "" && f.To <= r.To)
	})
}

// scopeOf is what a session of p is to exchange.
func (p *peer) scopeOf() antientropy.Scope {
	if p.w.scoping == 0 {
		return nil
	}
	scope := p.scope
	return func(string) []antientropy.KeyRange { return scope }
}

// wanted are the keys that p wants.
func (p *peer) wanted() (keys []string) {
	for _, key := range p.w.keys {
		if p.holds(key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// openScope reads which keys the store is to hold.
func (p *peer) openScope() {
	b, ok, err := p.docs.Scope()
	p.scope = []antientropy.KeyRange{{}}
	if err == nil && ok {
		p.scope = nil
		err = json.Unmarshal(b, &p.scope)
	}
	if err != nil {
		p.w.fail("scope of %s: %v", p, err)
	}
}

// between are the keys between ranges that are in order.
func between(ranges []antientropy.KeyRange) (rest []crdt.Range) {
	from := ""
	for _, r := range ranges {
		if from < r.From {
			rest = append(rest, crdt.Range{From: from, To: r.From})
		}
		if r.To == "" {
			return rest
		}
		from = r.To
	}
	return append(rest, crdt.Range{From: from})
}

// someScope is a scope of at most two ranges.
func (w *world) someScope() (s []antientropy.KeyRange) {
	if w.chance(0.3) {
		return []antientropy.KeyRange{{}}
	}
	cuts := append([]string{""}, w.keys...)
	for i := w.rng.IntN(len(cuts)); i < len(cuts) && len(s) < 2; {
		r := antientropy.KeyRange{From: cuts[i]}
		if i += 1 + w.rng.IntN(3); i < len(cuts) {
			r.To = cuts[i]
		}
		s = append(s, r)
		i += 1 + w.rng.IntN(3)
	}
	return s
}

// rescope changes what p wants, as a node does: what was left before is
// deleted first, and nothing is left that nobody else has.
// If forced, it is left all the same, and may be lost.
func (p *peer) rescope(wanted []antientropy.KeyRange, interrupted float64, forced bool) {
	w := p.w
	if len(p.rotten) > 0 {
		p.scrub()
	}
	p.calm()
	for p.dropSome(100) {
	}
	switch alone := !p.unwanted(wanted); {
	case alone && !forced:
		w.tally["scopes that are not left"]++
		return
	case alone:
		w.tally["scopes that are left although nobody has what they hold"]++
		w.forfeits = true
	}
	for _, r := range between(wanted) {
		p.excuse("", r)
	}
	w.cutOff(p)
	text, err := json.Marshal(wanted)
	if err != nil {
		w.fail("scope: %v", err)
	}
	was := p.scope
	err = p.docs.Update(func(b *storage.Batch) error {
		for _, coll := range p.docs.Collections() {
			if left := antientropy.Overlap(was, between(wanted)); len(left) > 0 {
				if err := b.Leave(coll, left); err != nil {
					return err
				}
			}
		}
		return b.SetScope(text)
	})
	if err != nil {
		w.fail("%s leaves for %v: %v", p, wanted, err)
	}
	w.tell("%s wants %v", p, wanted)
	w.tally["scopes changed"]++
	p.scope, w.left = wanted, true
	for i, a := range w.addresses {
		if p.holds(a.key) {
			continue
		}
		for d := range p.ghosts.at(a).live {
			p.vanish(a, d)
		}
		p.letGo(i, a)
	}
	if w.chance(interrupted) {
		p.restart("power cut")
	} else if err := p.acknowledge(); err != nil {
		w.fail("%v", err)
	}
	w.inspect(p)
}

// unwanted reports whether the others have all that p would drop.
func (p *peer) unwanted(wanted []antientropy.KeyRange) bool {
	w := p.w
	for _, coll := range w.collections {
		v, err := p.docs.View(coll)
		if err != nil {
			w.fail("view: %v", err)
		}
		held := crdt.Knowledge{}
		for _, q := range w.peers {
			if q != p {
				held = held.Merge(q.shows(coll))
			}
		}
		forgotten, err := v.Forgotten()
		if err != nil {
			w.fail("forgotten: %v", err)
		}
		for _, r := range wanted {
			forgotten = forgotten.Forfeit(r.From, r.To)
		}
		if !held.Covers(forgotten) { // nothing lists those removals
			v.Close()
			return false
		}
		keys, _, err := v.Candidates(held, "", 1000)
		if err != nil {
			w.fail("candidates: %v", err)
		}
		v.Close()
		for _, key := range keys {
			if !slices.ContainsFunc(wanted, func(r antientropy.KeyRange) bool { return r.Contains(key) }) {
				return false
			}
		}
	}
	return true
}

// shows is what p would show of a collection: what is durable, of what it
// wants.
func (p *peer) shows(coll string) crdt.Knowledge {
	p.calm()
	v, err := p.docs.ViewDurable(coll)
	if err != nil {
		p.w.fail("view of %s at %s: %v", coll, p, err)
	}
	defer v.Close()
	k := v.Knowledge()
	for _, r := range between(p.scope) {
		k = k.Forfeit(r.From, r.To)
	}
	return k
}

// dropSome deletes some of what p has left; false if there is nothing.
func (p *peer) dropSome(limit int) (more bool) {
	w := p.w
	for _, coll := range w.collections {
		for _, r := range between(p.scope) {
			dropped := 0
			err := p.docs.Update(func(b *storage.Batch) (err error) {
				_, dropped, err = b.Drop(coll, r.From, r.To, limit)
				return err
			})
			if err != nil {
				w.tally["commits that failed"]++
				p.reread()
				return true
			}
			w.tally["documents dropped"] += dropped
			if dropped > 0 {
				w.tell("%s drops %d documents of %s", p, dropped, coll)
				return true
			}
		}
	}
	return false
}

// rescope lets a peer change its scope, or go on to delete what it has left.
func (w *world) rescope() {
	p := pick(w.rng, w.peers)
	if p.core {
		return
	}
	if w.chance(0.5) {
		p.dropSome(1 + w.rng.IntN(2))
		w.inspect(p)
		return
	}
	if w.chance(0.1) {
		p.damage(pick(w.rng, w.collections))
		return
	}
	p.rescope(w.someScope(), 0.1, w.chance(0.1))
	for _, coll := range w.collections {
		if found := p.found(coll); len(found) > 0 {
			w.fail("%s finds in %s: %v", p, coll, found)
		}
	}
}
