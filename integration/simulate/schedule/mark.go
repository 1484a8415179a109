package schedule

import (
	"bytes"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// mark is a document that one peer writes, durably, and nobody ever touches again:
// whatever becomes of all others, it may not get lost, and be had everywhere in the
// end. It is excused only if its last copy was given up on purpose.
type mark struct {
	address address
	body    []byte
	words   []string // if it is a part of a document that two copies have written, see writeJointly
	excused bool
}

// mark lets p write one.
func (p *peer) mark() {
	w := p.w
	a := address{pick(w.luck, w.collections), fmt.Sprintf("~%03d", len(w.marks))}
	if !p.holds(a.key) || !(p.writes() || p.twin) || p.room == diskFull {
		return
	}
	p.calm()
	var first, head crdt.Dot
	var body []byte
	at := p.hlc.Next(p.now())
	err := p.docs.Update(func(b *storage.Batch) error {
		wr := b.Begin(a.collection, at)
		before := *wr
		first = crdt.Dot{Replica: wr.Replica, Counter: wr.Next}
		d, _, err := (*crdt.Document)(nil).Put(wr, parse(`{"marked":true}`))
		if err != nil {
			return err
		}
		if p.next {
			d = p.ofNext(&before)
		}
		body = d.Canonical()
		head, _ = wr.Last()
		return b.Write(a.collection, wr, []storage.Written{{Key: a.key, Document: d, Head: head}})
	})
	if err == nil {
		err = p.docs.Sync()
	}
	if err != nil {
		w.fail("mark %s at %s: %v", a, p, err)
	}
	if !p.twin {
		w.inOrder(p, a.collection, first, head, at)
	}
	w.marks = append(w.marks, &mark{address: a, body: body})
	w.tally["documents marked"]++
	w.tell("%s marks %s with %s", p, a, head)
	w.inspect(p)
	p.changedAll(a.collection)
}

// has reports whether p holds what a mark says, be it under other dots after a
// repair.
func (p *peer) has(m *mark) bool {
	rec, err := p.docs.Get(m.address.collection, m.address.key)
	if err != nil {
		return false
	}
	is, err := crdt.Decode(rec.Body)
	if err != nil || len(m.words) > 0 {
		return err == nil && says(is, m.words)
	}
	was, err := crdt.Decode(m.body)
	return err == nil && (bytes.Equal(rec.Body, m.body) ||
		bytes.Equal(is.AppendJSON(nil, crdt.FormatTyped), was.AppendJSON(nil, crdt.FormatTyped)))
}

// excuse notes which marks may get lost because p gives up keys, or its past: those
// that nobody else holds for good.
func (p *peer) excuse(coll string, r crdt.Range) {
	for _, m := range p.w.marks {
		if coll != "" && coll != m.address.collection || !r.Contains(m.address.key) || !p.has(m) {
			continue
		}
		elsewhere := false
		for _, q := range p.w.peers {
			elsewhere = elsewhere || q != p && !q.relaxed && q.holds(m.address.key) && q.has(m)
		}
		m.excused = m.excused || !elsewhere
	}
}

// agreeOnMarks checks that no mark got lost.
func (w *world) agreeOnMarks() {
	for _, m := range w.marks {
		for _, p := range w.peers {
			if !m.excused && !p.has(m) {
				w.fail("end: %s, which was acknowledged, is lost at %s%s", m.address, p, p.instead(m))
			}
		}
	}
}
