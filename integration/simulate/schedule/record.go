package schedule

import (
	"bytes"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
)

// record is the history of one document: of all operations that anybody may
// still hear of.
type record struct {
	history crdttest.History
	ops     []*op // by their numbers in the history
	proofs  map[opset]*proof
}

// proof is a content that a set of operations was found to amount to.
type proof struct {
	body []byte
	live dots
}

// proof checks that a set of operations amounts to a body, unless it was seen to. What
// is in the body is told also where it does not, and nil if it cannot be read.
func (r *record) proof(seen opset, body []byte) (*proof, error) {
	if x := r.proofs[seen]; x != nil && bytes.Equal(x.body, body) {
		return x, nil
	}
	body = bytes.Clone(body)
	d, err := crdt.Decode(body)
	if err != nil {
		return nil, err
	}
	x := &proof{body, dotsOf(d)}
	if err := r.amount(seen).Check(d); err != nil {
		return x, err
	}
	if r.proofs == nil {
		r.proofs = map[opset]*proof{}
	}
	r.proofs[seen] = x
	return x, nil
}

func (w *world) record(a address) *record {
	r := w.records[a]
	if r == nil {
		r = &record{}
		w.records[a] = r
	}
	return r
}

// add adds an operation; it fails if the edit did what no edit may.
func (r *record) add(o *op) error {
	if _, err := r.history.Add(o.deed); err != nil {
		return err
	}
	r.ops = append(r.ops, o)
	return nil
}

// amount is what a set of operations amounts to.
func (r *record) amount(seen opset) *crdttest.Content {
	return r.history.Amount(func(number int) bool { return seen.has(r.ops[number].index) })
}

// forget strikes lost operations from the record of a document: their dots may
// be taken again. What was built on one goes with it: nobody has that either,
// or the lost one would be known with it. Its writer gave it up for damage.
func (w *world) forget(a address) {
	if w.loose[a] {
		return
	}
	old := w.record(a)
	r := &record{}
	w.records[a] = r
	w.news[w.slots[a]]++
	var lost opset
	for _, o := range old.ops {
		if o.lost {
			lost.add(o.index)
		}
	}
	known := w.known()
	for _, o := range old.ops {
		if o.past.meets(lost) && !o.lost {
			if known.has(o.index) {
				w.fail("%s: %s is there, and what it was built on is lost", a, o.head)
			}
			w.lose(o.peer, o)
		}
		if o.lost {
			continue
		}
		if err := r.add(o); err != nil {
			w.fail("%s without what was lost: %v", a, err)
		}
	}
}
