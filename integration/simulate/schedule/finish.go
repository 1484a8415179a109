package schedule

import (
	"bytes"
	"slices"
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/crdt"
)

// finish lets every session run until nothing moves and checks that everybody
// has converged on what the operations amount to.
func (w *world) finish() {
	w.spoiling = 0
	for _, p := range w.peers {
		p.calm()
		p.slow, p.asleep = 0, 0
	}
	for _, l := range w.links {
		l.cut()
		l.bad = false
	}
	for _, p := range w.peers {
		if p.views != 0 {
			w.fail("%s keeps %d snapshots for no session", p, p.views)
		}
	}
	for _, p := range w.peers {
		if w.twinned && len(p.rotten) == 0 && !w.spoiled { // what copies wrote is no damage, nor does it become one
			p.sound("before the end")
		}
		if len(p.rotten) > 0 || len(w.loose) > 0 {
			p.scrub()
		}
	}
	w.settle()
	if w.left {
		w.agreeInScopes()
		for _, p := range w.peers {
			p.rescope([]antientropy.KeyRange{{}}, 0, false)
		}
		w.settle()
	}
	w.agree()
	for _, p := range w.peers {
		p.sound("in the end")
	}
}

// sound checks that p finds nothing wrong with what it holds.
func (p *peer) sound(when string) {
	for _, coll := range p.w.collections {
		if found := p.found(coll); len(found) > 0 {
			p.w.fail("%s finds in %s %s: %v", p, coll, when, found)
		}
	}
}

// settle lets every session run until nothing moves.
func (w *world) settle() {
	for round := range w.rounds() {
		if w.wild && round >= 3 { // as a node does each minute
			for _, p := range w.peers {
				for _, coll := range w.collections {
					p.hash(coll)
				}
			}
		}
		for _, l := range w.links {
			if !l.up {
				l.connect()
			}
		}
		w.now = w.now.Add(time.Second)
		for _, l := range w.links {
			for _, e := range l.ends {
				e.tell()
				e.step(antientropy.Tick{Now: w.now})
			}
		}
		w.drainAll()
		if w.wild && w.quiet() {
			return
		}
	}
}

// quiet reports whether every session has shown equal roots: nothing more is to come.
func (w *world) quiet() bool {
	for _, l := range w.links {
		for _, e := range l.ends {
			if !l.up || !e.session.InSync() {
				return false
			}
			for _, s := range e.session.Status() {
				if s.Phase != antientropy.PhaseConverged || s.Ahead != 0 || s.Behind != 0 {
					return false
				}
			}
		}
	}
	return true
}

// agreeInScopes checks that peers are in step in what both want.
func (w *world) agreeInScopes() {
	for _, l := range w.links {
		for _, e := range l.ends {
			for _, s := range e.session.Status() {
				if s.Phase != antientropy.PhaseDeclined && (s.Phase != antientropy.PhaseConverged || s.Ahead != 0 || s.Behind != 0) {
					w.fail("in scopes: %s says of %s at %s: %s, %s ahead, %s behind %s", e.peer, s.Collection, e.other().peer, s.Phase, s.Ahead, s.Behind, s.Why)
				}
			}
		}
	}
}

// drainAll runs until no message, commit or change is left.
func (w *world) drainAll() {
	w.drain(func(*peer) bool { return true }, func(*link) bool { return true })
}

// drain is drainAll for some peers and links.
func (w *world) drain(who func(*peer) bool, where func(*link) bool) {
	for i := 0; ; i++ {
		if i > 100_000 {
			w.fail("the conversations do not end")
		}
		w.todo = w.todo[:0]
		for _, p := range w.peers {
			if len(p.queue) > 0 && who(p) {
				w.todo = append(w.todo, chore{of: p})
			}
		}
		for _, l := range w.links {
			if !l.up || !where(l) {
				continue
			}
			for _, e := range l.ends {
				if len(e.inbox) > 0 {
					w.todo = append(w.todo, chore{at: e, do: (*end).deliver})
				}
				if len(e.changed) > 0 {
					w.todo = append(w.todo, chore{at: e, do: (*end).tell})
				}
				if len(e.hash) > 0 {
					w.todo = append(w.todo, chore{at: e, do: (*end).hashOne})
				}
				if len(e.tasks) > 0 {
					w.todo = append(w.todo, chore{at: e, do: (*end).doOne})
				}
			}
		}
		if len(w.todo) == 0 {
			return
		}
		if c := pick(w.rng, w.todo); c.of != nil {
			c.of.commit()
		} else {
			c.do(c.at)
		}
	}
}

// chore is a commit of a peer, or something else at an end.
type chore struct {
	of *peer
	at *end
	do func(*end)
}

// agree checks the end: same content everywhere, the one that the operations
// amount to, one vector for all keys, and equal roots.
func (w *world) agree() {
	first := w.peers[0]
	for _, coll := range w.collections {
		know := knowledgeOf(w, first, coll)
		if _, ok := know.Whole(); !ok && !w.forfeits && !w.restored && !w.left && !w.spoiled {
			w.fail("end: %s knows %s in parts: %s", first, coll, know)
		}
		for _, p := range w.peers[1:] {
			if k := knowledgeOf(w, p, coll); !k.Equal(know) {
				w.fail("end: of %s, %s knows %s and %s knows %s", coll, first, know, p, k)
			}
		}
		for _, key := range w.keys {
			w.agreeOn(address{coll, key})
		}
		w.agreeOnRoot(coll)
	}
	w.agreeOnMarks()
	for _, p := range w.peers {
		if w.overlooked(p) {
			w.fail("end: %s was put back, or copied, and has not noticed", p)
		}
	}
	for _, l := range w.links {
		for _, e := range l.ends {
			for _, s := range e.session.Status() {
				if s.Phase != antientropy.PhaseConverged || s.Ahead != 0 || s.Behind != 0 {
					w.fail("end: %s says of %s at %s: %s, %s ahead, %s behind %s", e.peer, s.Collection, e.other().peer, s.Phase, s.Ahead, s.Behind, s.Why)
				}
			}
		}
	}
}

func (w *world) agreeOn(a address) {
	var all opset
	for _, o := range w.opsOf[w.slots[a]] {
		if !o.lost {
			all.add(o.index)
		}
	}
	want := dots{}
	for d := range w.record(a).amount(all).Dots() {
		want[d] = struct{}{}
	}
	for d := range want {
		if w.vanished[dotIn{a.collection, d}] {
			delete(want, d)
		}
	}
	body := w.peers[0].ghosts.at(a).body
	for _, p := range w.peers {
		g := p.ghosts.at(a)
		if !bytes.Equal(g.body, body) {
			w.fail("end: %s differs between %s and %s", a, w.peers[0], p)
		}
		if w.loose[a] {
			continue
		}
		if missing := want.without(g.live); len(missing) > 0 {
			w.fail("end: %s at %s lacks %v", a, p, missing)
		}
		if extra := g.live.without(want); len(extra) > 0 && !w.forfeits && !(w.left && w.restored) {
			w.fail("end: %s at %s has %v, which were removed", a, p, extra)
		}
	}
}

func knowledgeOf(w *world, p *peer, coll string) crdt.Knowledge {
	v, err := p.docs.View(coll)
	if err != nil {
		w.fail("view of %s at %s: %v", coll, p, err)
	}
	defer v.Close()
	return v.Knowledge()
}

// rounds is how often all sessions go on until nothing more may come. What copies wrote
// under the same dots is found one after the other, by comparisons of roots, and made one
// by writes that have to go round. A copy that knows that it is one takes as long: it meets the other one
// only by way of third peers, a comparison after the other.
func (w *world) rounds() int {
	n := 2*len(w.peers) + 4
	if w.wild { // ranges that were given up, or put back, are compared one after the other: 13 of 12 rounds were the most seen
		n *= 2
	}
	if w.twinned || slices.ContainsFunc(w.peers, func(p *peer) bool { return p.copy }) {
		n *= 2
	}
	return n
}
