package schedule

import (
	"errors"
	"math/rand/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// rollBack puts the backup of a peer back, and nothing beside the store says so:
// only others can tell it. It may write nothing until it has noticed, or it would
// take dots that are taken; what then comes of it, see copySilently.
func (w *world) rollBack() {
	p := w.someone()
	switch {
	case p.copy:
	case p.backup == nil:
		p.save()
	default:
		p.restart("rollback")
	}
}

// wasRolledBack notes what p is written as since its backup came back: others may hold
// what it has written since, or heads of that at least.
func (p *peer) wasRolledBack() {
	p.rolled = p.docs.Replica()
	p.w.tally["backups that came back unnoticed"]++
}

// overlooked reports whether p writes as it did before its backup came back, or it was
// copied, though another counts further.
func (w *world) overlooked(p *peer) bool {
	if !p.unaware() {
		return false
	}
	_, counted := p.docs.Own()
	for _, q := range w.peers {
		for _, coll := range w.collections {
			if q != p && knowledgeOf(w, q, coll).Max().Counter(p.rolled) > counted[coll] {
				return true
			}
		}
	}
	return false
}

// unaware reports whether p is to find out that it is not the only continuation of
// its past.
func (p *peer) unaware() bool { return p.rolled != crdt.ReplicaID{} && p.docs.Replica() == p.rolled }

// clone copies the store of a peer: from now on both live, and no peer is
// connected to both at once, or it would take them for one. The place tells the copy
// that it is one.
func (w *world) clone() {
	p := w.someone()
	if p.copy || len(w.peers) > 4 || len(p.rotten) > 0 {
		return
	}
	q := w.copyOf(p)
	w.tally["copies that know it"]++
	q.open(true)
}

// copySilently is clone where neither side knows. Both go on with the same dots:
// what of a document is true nobody can say from then on. That is not what is
// checked: both have to notice, all have to come to hold the same, and no document
// that one of them alone has written may be lost, nor what both write into one, see writeJointly.
func (w *world) copySilently() {
	p := w.someone()
	if w.at < w.steps*3/4 || w.peers[0].core || p.copy || len(w.peers) > 4 || len(p.rotten) > 0 || p.relaxed {
		return
	}
	w.twinned = true
	for _, coll := range w.collections {
		for _, key := range w.keys {
			w.loose[address{coll, key}] = true
		}
	}
	rng := rand.New(rand.NewPCG(w.seed, 0x636f7079)) // so that the schedules without them stay what they were
	jointly := rng.IntN(2) == 0 && !p.unaware()      // a third one, which p was before it was put back, may have counted further
	var both address
	if jointly {
		both = p.blank(rng)
	}
	q := w.copyOf(p)
	w.tally["copies that do not know it"]++
	q.open(false)
	p.rolled, q.rolled = p.docs.Replica(), p.docs.Replica()
	p.twin, q.twin, p.wasUnaware, q.wasUnaware = true, true, true, true
	if jointly {
		w.writeJointly(p, q, both, rng)
	}
	for _, x := range []*peer{p, q} {
		for range 1 + w.luck.IntN(3) {
			x.mark()
		}
	}
}

func (w *world) copyOf(p *peer) *peer {
	p.calm()
	if err := p.docs.Sync(); err != nil {
		w.fail("sync %s: %v", p, err)
	}
	q := &peer{
		w: w, name: p.name + "2", key: p.key, nonces: nonces{name: p.name + "2"}, relaxed: p.relaxed, skew: p.skew,
		memory: p.memory.Crash(), ghosts: p.durable.clone(), durable: p.durable.clone(), copy: true,
	}
	p.copy = true
	w.tell("%s is copied, the copy is %s", p, q)
	for _, r := range w.peers {
		if r != p {
			l := &link{w: w}
			l.ends = [2]*end{{link: l, peer: r}, {link: l, peer: q}}
			w.links = append(w.links, l)
		}
	}
	w.peers = append(w.peers, q)
	return q
}

// shown looks at a head of its own that the peer holds, as a node does. If the head is of another continuation,
// that is noted whatever becomes of the session, which ends, and the result is true.
func (e *end) shown(o antientropy.Shown) (ended bool) {
	p, w := e.peer, e.link.w
	c, err := p.docs.Compare(o.Collection, o.Head)
	switch {
	case errors.Is(err, storage.ErrUnsigned) && e.link.foul:
		e.do(func() { e.step(antientropy.Stop{Reason: antientropy.ReasonUnsignedHead}) })
	case err != nil && !p.met(err):
		w.fail("%s compares %v: %v", p, o.Head, err)
	case err != nil || c == storage.Same:
	case p.rolled == (crdt.ReplicaID{}) || o.Head.Replica() != p.rolled: // a commit that failed may have noted it, and happened
		w.fail("a false alarm: %s is shown %s:%d of %s by %s, and takes itself for a copy", p, o.Head.Replica(), o.Head.Counter, o.Collection, e.other().peer)
	default:
		w.tally["copies and rollbacks noticed"]++
		p.calm()
		if err := p.docs.Update(func(b *storage.Batch) error { return b.Forked(o.Collection, o.Head) }); err != nil && !p.met(err) {
			w.fail("%s notes that %v is another continuation: %v", p, o.Head, err)
		}
		e.link.cut()
		p.goOn(o.Head.Replica())
		return true
	}
	return false
}

// overtaken believes a peer that counts further, as a node does: once in a run.
func (e *end) overtaken(o antientropy.Overtaken) {
	p := e.peer
	if !p.unaware() && !e.link.foul {
		e.link.w.fail("a false alarm: %s says that %s counts %d changes of %s", e.other().peer, p, o.Counter, o.Collection)
	}
	if p.docs.Replica() == p.opened {
		e.do(func() { p.goOn(p.opened) })
	}
}

// heard looks at what a merge has told of p itself.
func (p *peer) heard(m storage.Merged, j job) {
	if m.Renewed {
		if !p.wasUnaware && !j.foul {
			p.w.fail("a false alarm: %s takes a new incarnation for %s %v", p, j.merge.Collection, j.merge.Frame)
		}
		p.w.cutOff(p)
	}
	if p.copy && p.docs.Replica() == p.opened && m.Twin.Time().After(p.since) {
		p.w.tally["copies that hear of each other"]++
		p.goOn(p.opened)
	}
}

// goOn takes a new incarnation if p still writes as was.
func (p *peer) goOn(was crdt.ReplicaID) {
	if p.docs.Replica() == was {
		p.renew()
	}
}
