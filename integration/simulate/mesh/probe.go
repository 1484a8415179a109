package mesh

import (
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// probe follows one acknowledged write through the mesh.
type probe struct {
	collection, key string
	head            crdt.Dot
	at              time.Duration  // when it was acknowledged
	hops            map[*peer]int  // where it is visible, and over how many peers it came
	missing         map[*peer]bool // who has run ever since, and has not got it
}

// probes are the writes that are not everywhere yet, and what was learned from
// all.
type probes struct {
	w    *world
	open []*probe

	delays Delays // of every write, to every other peer that was up all the time
	hops   []int  // of the same
	whole  Delays // of every write: until it was at the last of these
}

// add follows a write of p.
func (ps *probes) add(p *peer, collection, key string, head crdt.Dot) {
	b := &probe{collection, key, head, ps.w.now, map[*peer]int{p: 0}, map[*peer]bool{}}
	for _, q := range ps.w.peers {
		if q != p && q.up {
			b.missing[q] = true
		}
	}
	if len(b.missing) > 0 {
		ps.open = append(ps.open, b)
	}
}

// spread notes which writes have arrived at p with a frame.
func (ps *probes) spread(p, from *peer, collection string, f storage.Frame) {
	var known crdt.Knowledge
	looked, complete := false, false
	for _, b := range ps.open {
		if _, there := b.hops[p]; there || b.collection != collection || b.key < f.From || f.To != "" && b.key >= f.To || !f.Vector.Has(b.head) {
			continue
		}
		if !looked {
			known, looked = p.knowledge(collection), true
		}
		if !known.At(b.key).Has(b.head) {
			continue
		}
		b.hops[p] = b.hops[from] + 1
		if b.missing[p] {
			delete(b.missing, p)
			ps.delays = append(ps.delays, ps.w.now-b.at)
			ps.hops = append(ps.hops, b.hops[p])
			complete = complete || len(b.missing) == 0
		}
	}
	if complete {
		ps.close()
	}
}

// gone notes that a peer has stopped: nobody waits for it.
func (ps *probes) gone(p *peer) {
	for _, b := range ps.open {
		delete(b.missing, p)
	}
	ps.close()
}

// close forgets the writes that nobody waits for.
func (ps *probes) close() {
	ps.open = slices.DeleteFunc(ps.open, func(b *probe) bool {
		if len(b.missing) == 0 {
			ps.whole = append(ps.whole, ps.w.now-b.at)
			return true
		}
		return false
	})
}
