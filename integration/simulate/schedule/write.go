package schedule

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"github.com/crdtstore/crdtstore/storage"
)

// write carries out one local transaction over one to three documents.
func (p *peer) write() {
	w := p.w
	coll := pick(w.rng, w.collections)
	keys := p.wanted()
	n := min(len(keys), pick(w.rng, []int{1, 1, 1, 2, 3}))
	if n == 0 || len(w.ops)+n > maxOps || !p.writes() {
		return
	}
	var ops []*op
	var at crdt.Timestamp
	err := p.docs.Update(func(b *storage.Batch) error {
		at = p.hlc.Next(p.now())
		wr := b.Begin(coll, at)
		var docs []storage.Written
		ops = nil
		for _, i := range w.rng.Perm(len(keys))[:n] {
			doc, o, err := p.edit(b, wr, address{coll, keys[i]})
			if err != nil {
				return err
			}
			if o != nil {
				docs, ops = append(docs, doc), append(ops, o)
			}
		}
		return b.Write(coll, wr, docs)
	})
	for _, o := range ops {
		o.time = at
	}
	if err != nil {
		p.afterFailure(coll, ops, err)
		return
	}
	p.wrote(coll, ops)
	if w.chance(0.02) && !p.core && w.may.Has(Torn) {
		p.restart("power cut") // committed, not acknowledged
		return
	}
	if err := p.acknowledge(); err != nil {
		p.restart("power cut") // a node that cannot sync stops
	}
}

// wrote makes the effects of a committed transaction known to the simulation.
func (p *peer) wrote(coll string, ops []*op) {
	w := p.w
	if len(ops) > 0 {
		w.inOrder(p, coll, ops[0].first, ops[len(ops)-1].head, ops[0].time)
	}
	for _, o := range ops {
		if w.loose[o.address] {
			continue
		}
		o.index = len(w.ops)
		o.past = p.ghosts.at(o.address).seen
		o.past.add(o.index)
		if err := w.record(o.address).add(o); err != nil {
			w.fail("%s writes %s, from %s to %s: %v", p, o.address,
				o.deed.Before.AppendJSON(nil, crdt.FormatTyped), o.deed.After.AppendJSON(nil, crdt.FormatTyped), err)
		}
		w.ops = append(w.ops, o)
		slot := w.slots[o.address]
		w.opsOf[slot] = append(w.opsOf[slot], o)
		w.news[slot]++
		w.byHead[dotIn{coll, o.head}] = o
		p.unsaved = true
		w.tally["operations"]++
		w.tell("%s writes %s with %s..%s, adds %v, removes %v", p, o.address, o.first, o.head, o.added, o.removed)
	}
	w.inspect(p)
	p.changedAll(coll)
}

// afterFailure finds out what a failed commit has done: a store may have
// applied it all the same.
func (p *peer) afterFailure(coll string, ops []*op, err error) {
	p.reread()
	p.w.tally["commits that failed"]++
	if p.met(err) {
		return
	}
	if len(ops) > 0 {
		last := ops[len(ops)-1]
		rec, errGet := p.docs.Get(coll, last.address.key)
		if errGet != nil {
			p.w.fail("get after %v: %v", err, errGet)
		}
		if len(rec.Heads) == 1 && rec.Heads[0] == last.head {
			p.w.tally["commits that failed and happened"]++
			p.wrote(coll, ops)
			return
		}
	}
	p.w.inspect(p)
}

// reread makes the documents read again what they know after a commit that
// failed, and may have happened.
func (p *peer) reread() {
	if err := p.docs.Update(func(*storage.Batch) error { return nil }); err != nil {
		p.w.fail("empty update at %s: %v", p, err)
	}
}

// edit changes one document at random; a nil op means that nothing changed.
func (p *peer) edit(b *storage.Batch, wr *crdt.Writer, a address) (storage.Written, *op, error) {
	harmed := p.rotten[a]
	if harmed == treeHarm || harmed == wentBack {
		return storage.Written{}, nil, nil
	}
	rec, err := b.Get(a.collection, a.key)
	if err == nil && harmed != "" {
		p.w.tally["writes onto what is damaged"]++
		if err = b.Listed(a.collection, rec); err == nil {
			p.w.fail("%s writes %s though %s", p, a, harmed)
		}
	}
	if err != nil {
		return storage.Written{}, nil, err
	}
	old, err := crdt.Decode(rec.Body)
	if err != nil {
		return storage.Written{}, nil, err
	}
	first, base := wr.Next, old
	if earlier := p.versions[a]; len(earlier) > 0 && p.w.chance(0.2) {
		base = pick(p.w.rng, earlier)
	}
	p.versions[a] = append(p.versions[a], old)
	next, changed, err := p.w.change(old, base, wr)
	if err != nil {
		return storage.Written{}, nil, fmt.Errorf("edit %s, %s: %w", a, old.AppendJSON(nil, crdt.FormatTyped), err)
	}
	if !changed {
		if wr.Next != first {
			p.w.fail("an edit of %s changed nothing and took dots", a)
		}
		return storage.Written{}, nil, nil
	}
	head, _ := wr.Last()
	was, is := dotsOf(old), dotsOf(next)
	o := &op{
		peer: p, address: a, first: crdt.Dot{Replica: wr.Replica, Counter: first}, head: head,
		added: is.without(was), removed: was.without(is),
	}
	o.deed = crdttest.Deed{Base: base, Before: old, After: next, First: o.first, Head: head}
	if next.IsEmpty() {
		p.w.tally["removals of a document"]++
	}
	return storage.Written{Key: a.key, Document: next, Head: head}, o, nil
}
