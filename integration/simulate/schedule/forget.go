package schedule

import (
	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// forgetRemovals forgets removals of a collection as a node does, in batches,
// or notes a horizon for the next time. There is no age here that is great enough: any
// peer may be behind what is forgotten. The process may end between two batches.
// While copies that do not know it write under the same dots nothing is forgotten: of who
// forgets what another wrote nobody can tell that it was no removal. The same holds of
// what a drain left out for want of an index entry, which checks find long before.
func (p *peer) forgetRemovals(coll string) {
	w := p.w
	if w.twinned || w.tally["rot: "+string(unlisted)] > 0 {
		return
	}
	if len(p.rotten) > 0 {
		p.scrub()
	}
	if w.chance(0.7) {
		p.hash(coll)
	}
	v, err := p.docs.View(coll)
	if err != nil {
		w.fail("view of %s at %s: %v", coll, p, err)
	}
	defer v.Close()
	h, ok, err := v.Horizon()
	if err != nil {
		w.fail("horizon of %s at %s: %v", coll, p, err)
	}
	if w.chance(0.5) {
		h.Knowledge, ok = v.Knowledge(), true // as old as it may be
	}
	if ok && !p.forgetUnder(v, coll, h.Knowledge) {
		return
	}
	err = p.docs.Update(func(b *storage.Batch) error { return b.NoteHorizon(coll, w.now) })
	if err != nil {
		p.reread() // an injected fault
	}
	w.inspect(p)
}

// forgetUnder forgets what a horizon counts; false if that was interrupted.
func (p *peer) forgetUnder(v *storage.View, coll string, horizon crdt.Knowledge) bool {
	w := p.w
	for from, more := "", true; more; {
		keys, next, err := v.Forgettable(horizon, from, 1+w.rng.IntN(3))
		if err != nil {
			w.fail("list removals of %s at %s: %v", coll, p, err)
		}
		dropped := 0
		err = p.docs.Update(func(b *storage.Batch) error {
			dropped, err = b.Forget(coll, horizon, from, next, keys)
			return err
		})
		if err != nil {
			w.tally["commits that failed"]++
			p.reread()
			w.inspect(p)
			return false
		}
		w.tell("%s forgets %d removals of %s from %q to %q", p, dropped, coll, from, next)
		w.tally["removals forgotten"] += dropped
		w.inspect(p)
		if w.chance(0.05) {
			if how := pick(w.rng, []string{"kill", "power cut"}); !p.core && w.may.Has(Crash|Torn) {
				w.tally["processes that end while they forget"]++
				v.Close()
				p.restart(how)
				return false
			}
		}
		from, more = next, next != ""
	}
	return true
}

// sleep keeps a peer away from all others for some steps.
func (p *peer) sleep() {
	p.asleep = 20 + p.w.rng.IntN(60)
	p.w.tell("%s is away for %d steps", p, p.asleep)
	p.w.cutOff(p)
}

// behind begins a schedule, when it has three peers that meet each other, with one
// that has forgotten what another still holds, and a third to which both now
// speak.
func (w *world) behind() {
	if w.forgetful == 0 || len(w.peers) < 3 || w.chance(0.5) {
		return
	}
	forgetter, holder, third := w.peers[0], w.peers[1], w.peers[2]
	between := w.linkOf(forgetter, holder)
	both := []*link{w.linkOf(forgetter, third), w.linkOf(holder, third)}
	if between == nil || both[0] == nil || both[1] == nil {
		return
	}
	w.tally["schedules that begin with a peer behind"]++
	third.write()
	both[0].connect()
	w.drainAll()
	both[0].cut()
	for range 1 + w.rng.IntN(4) {
		holder.write()
	}
	between.connect()
	w.drainAll()
	between.cut()
	for range 1 + w.rng.IntN(6) {
		forgetter.remove()
	}
	for _, coll := range w.collections {
		forgetter.hash(coll)
		forgetter.forgetRemovals(coll)
	}
	for _, l := range both {
		if !l.up {
			l.connect()
		}
	}
}

// linkOf is the link between two peers, nil if there is none.
func (w *world) linkOf(p, q *peer) *link {
	for _, l := range w.links {
		if a, b := l.ends[0].peer, l.ends[1].peer; a == p && b == q || a == q && b == p {
			return l
		}
	}
	return nil
}

// remove is a write that removes documents.
func (p *peer) remove() {
	p.w.removing = true
	p.write()
	p.w.removing = false
}
