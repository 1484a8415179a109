package schedule

import (
	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// An operation is lost when nobody hears of it any more: when no store has it, and no
// frame that waits for its commit. So whenever a store goes back, or such a frame goes,
// those who heard of less than before are asked, all of them: whose operation it was,
// and who told of it, is no matter.

// brings are the operations that a frame has in it: those that its documents are built on, and
// those whose removal its sender has forgotten, which no document tells of any more.
func (w *world) brings(coll string, f antientropy.Frame) (ops opset) {
	for _, d := range f.Documents {
		for _, h := range d.Heads {
			if o := w.byHead[dotIn{coll, h}]; o != nil && o.address.key == d.Key {
				ops.union(o.past)
			}
		}
	}
	if f.Forgotten.Len() == 0 {
		return ops
	}
	r := crdt.Range{From: f.From, To: f.To}
	for _, o := range w.ops {
		if !o.lost && o.address.collection == coll && r.Contains(o.address.key) && f.Forgotten.Has(o.head) {
			ops.union(o.past)
		}
	}
	return ops
}

// hears are the operations that p has heard of, will with a frame that waits for its
// commit, or may again, with a power cut or from its backup.
func (p *peer) hears() (ops opset) {
	ops.union(p.shed)
	if p.backup != nil {
		for _, g := range p.backup.ghosts.each() {
			ops.union(g.seen)
		}
	}
	for _, g := range p.ghosts.each() {
		ops.union(g.seen)
	}
	for _, j := range p.queue {
		ops.union(p.w.brings(j.merge.Collection, j.merge.Frame))
	}
	return ops
}

// known are the operations that anybody hears of.
func (w *world) known() (ops opset) {
	for _, p := range w.peers {
		ops.union(p.hears())
	}
	return ops
}

// missed notes which operations are lost, of those that p had heard of until now.
func (p *peer) missed(had opset) {
	w := p.w
	known := w.known()
	if !had.without(known) {
		return
	}
	changed := map[address]bool{}
	for _, o := range w.ops {
		if o.lost || !had.has(o.index) || known.has(o.index) {
			continue
		}
		w.lose(p, o)
		if !changed[o.address] {
			changed[o.address] = true
			defer w.forget(o.address)
		}
	}
}

// lose notes that nobody hears of an operation any more, p having been the last.
func (w *world) lose(p *peer, o *op) {
	o.lost = true
	w.news[w.slots[o.address]]++
	w.tally["operations lost"]++
	w.tell("%s of %s is lost", o.head, o.address)
	delete(w.byHead, dotIn{o.address.collection, o.head})
	for _, d := range o.removed { // what it removed is there again, if anybody else has it
		p.vanish(o.address, d)
	}
}
