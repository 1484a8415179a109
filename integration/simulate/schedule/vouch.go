package schedule

import (
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// vouch marks what a merge has rescued, in the same commit, as a node does.
func (p *peer) vouch(b *storage.Batch, j job, m storage.Merged) error {
	if len(m.Wanted) > 0 {
		return nil
	}
	coll := j.merge.Collection
	for _, r := range m.Rescued {
		a := address{coll, r.Key}
		if !p.w.twinned && !p.w.loose[a] && !j.foul {
			p.w.fail("a false alarm: %s rescues %v of %s", p, r.Dots, a)
		}
		rec, err := b.Get(coll, r.Key)
		if err != nil {
			return err
		}
		now, err := crdt.Decode(rec.Body)
		if err != nil {
			return err
		}
		wr := b.Begin(coll, p.hlc.Next(p.now()))
		marked, err := crdt.Vouch(wr, crdt.State{Document: now, Heads: rec.Heads, Context: b.Seen(coll, r.Key)}, r.Dots)
		if err != nil {
			return err
		}
		head, _ := wr.Last()
		if err := b.Write(coll, wr, []storage.Written{{Key: r.Key, Document: marked, Head: head}}); err != nil {
			return err
		}
		p.w.counted(a)
		p.w.tally["documents rescued"]++
		p.w.tell("%s rescues %v of %s", p, r.Dots, a)
	}
	return nil
}

// giveUp makes unknown what a merge has found to be counted without a record, where no
// check finds that one was lost, as a node does: a copy has written it, or who sent
// the rest of a drain had lost an entry of its index.
func (p *peer) giveUp(err error, j job) {
	var d *storage.DamagedError
	if !errors.As(err, &d) {
		return
	}
	found := p.found(j.merge.Collection)
	for _, key := range d.Unrecorded {
		if slices.ContainsFunc(found, func(f storage.Finding) bool { return f.Key == key }) {
			continue
		}
		if !p.w.twinned && !p.w.loose[address{j.merge.Collection, key}] && !j.foul {
			p.w.fail("a false alarm: %s takes %s/%s for written by a copy: %v", p, j.merge.Collection, key, err)
		}
		p.w.tally["documents given up for a copy"]++
		p.forfeit(j.merge.Collection, key, key+"\x00")
	}
}
