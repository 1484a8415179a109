package mesh

import (
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/storage"
)

// outcome is what came of a frame.
type outcome struct {
	wanted  []string
	refused []storage.Refusal
	changed int  // documents
	grown   bool // what is known has, or could not
	err     error
}

// and is the outcome of a frame of two halves.
func (o outcome) and(p outcome) outcome {
	p.refused = slices.Concat(o.refused, p.refused)
	p.changed += o.changed
	p.grown = p.grown || o.grown
	return p
}

// merge commits a frame that came from a peer, and then calls done (package
// node, merging.go). A frame too big for one transaction is committed in two.
func (p *peer) merge(from *peer, collection string, f storage.Frame, done func(outcome)) {
	var m storage.Merged
	var met arrival
	size := 0
	for _, d := range f.Documents {
		size += documentOverhead + len(d.Key) + len(d.Body)
	}
	p.writer.push(&p.writer.remote, &task{
		size: size, documents: len(f.Documents),
		run: func(b *storage.Batch) (err error) {
			met = p.meets(b, collection, f)
			if m, err = b.Merge(collection, f); err != nil || len(m.Wanted) > 0 {
				return err
			}
			if m.MaxTime > 0 {
				p.hlc.Observe(m.MaxTime, p.wall())
				b.Mark(collection, p.hlc.Last())
			}
			return nil
		},
		changed: func() string {
			if len(m.Changed) > 0 || m.Raised {
				return collection
			}
			return ""
		},
		finish: func(err error) {
			if errors.Is(err, storage.ErrTxTooBig) && len(f.Documents) > 1 {
				p.mergeHalves(from, collection, f, done)
				return
			}
			if err != nil {
				p.w.fail("%s cannot commit a frame of %s: %v", p, from, err)
			}
			if m.Renewed || m.Clone || m.Forged > 0 {
				p.w.fail("%s finds a frame of %s to prove a clone: %+v", p, from, m)
			}
			p.w.cost.merged(f, m, met)
			p.w.probes.spread(p, from, collection, f)
			done(outcome{m.Wanted, m.Refused, len(m.Changed), m.Raised || m.Skipped, err})
		},
	})
}

func (p *peer) mergeHalves(from *peer, collection string, f storage.Frame, done func(outcome)) {
	first, second := f.Halves()
	p.merge(from, collection, first, func(o outcome) {
		if o.err != nil || len(o.wanted) > 0 {
			done(o)
			return
		}
		p.merge(from, collection, second, func(q outcome) { done(o.and(q)) })
	})
}

// arrival is what of a frame is not news to the replica that it arrives at.
type arrival struct{ known, knownBytes int }

// meets looks, before a frame is merged, which of its documents bring nothing:
// all their heads are covered here already.
func (p *peer) meets(b *storage.Batch, collection string, f storage.Frame) (a arrival) {
	for _, d := range f.Documents {
		seen, news := b.Seen(collection, d.Key), false
		for _, h := range d.Heads {
			news = news || !seen.Has(h)
		}
		if !news {
			a.known++
			a.knownBytes += len(d.Key) + len(d.Body)
		}
	}
	return a
}
