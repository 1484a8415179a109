package storage

import (
	"fmt"
	"math"

	"github.com/crdtstore/crdtstore/crdt"
)

// ForfeitLimit is a limit for ForfeitSome with which one transaction holds the
// work in every profile.
const ForfeitLimit = 1024

// Forfeit makes the keys [from, to) of a collection unknown (Law I): in one
// commit their records and all that is kept beside them are dropped, damaged or
// not, their vector becomes empty, and a new incarnation is taken. Ordinary drains bring
// the documents back. to "" is the end of the key space.
//
// It reads the whole index of the collection. Many documents may not fit into
// one transaction: then it fails with ErrTxTooBig, and ForfeitSome serves.
func (b *Batch) Forfeit(coll, from, to string) error {
	was := b.own.current
	_, err := b.ForfeitSome(coll, []crdt.Range{{From: from, To: to}}, math.MaxInt)
	if err != nil || b.own.current != was {
		return err
	}
	return b.Renew()
}

// ForfeitSome is Forfeit for ranges of keys, which must be in order and not
// overlap; their vectors are ignored. It drops at most limit records, index
// entries and parts of bodies, but those of one key at least, and returns what is left for the next
// Update. Each of these commits is a Forfeit of its own, which stands when the
// next one never comes. The index is read once for all ranges. A new incarnation
// is taken unless the present one has written nothing into the collection, so
// that there is nothing of its own that it might have lost.
func (b *Batch) ForfeitSome(coll string, lost []crdt.Range, limit int) (rest []crdt.Range, err error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return nil, err
	}
	for i, r := range lost {
		if r.To != "" && r.From >= r.To || i > 0 && (lost[i-1].To == "" || lost[i-1].To > r.From) {
			return nil, fmt.Errorf("forfeit %s: no keys from %q to %q", coll, r.From, r.To)
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	if rest, err = b.forfeit(coll, lost, limit); err != nil {
		return nil, b.note(fmt.Errorf("forfeit %s from %q: %w", coll, lost[0].From, err))
	}
	return rest, nil
}

func (b *Batch) forfeit(coll string, lost []crdt.Range, limit int) (rest []crdt.Range, err error) {
	c := condemned{limit: limit}
	if err := c.collect(b, coll, lost); err != nil {
		return nil, err
	}
	if next, more := c.cut(); more {
		lost, rest = splitRanges(lost, next)
	}
	for _, e := range c.entries {
		delete(b.held, address{coll, e.key})
		b.noteRecord(coll, e.key, true)
		if e.entry {
			err = b.leave(e.at, e.key)
		} else {
			err = b.del(e.at)
		}
		if err != nil {
			return nil, err
		}
	}
	delete(b.indexed, coll)
	live, counted := c.liveBelow(b.look(coll).live)
	if !counted {
		if live, err = b.recount(coll); err != nil {
			return nil, err
		}
	}
	known := b.peek(coll).knowledge
	m, err := b.treeMark(coll)
	if err != nil {
		return nil, err
	}
	for _, r := range lost {
		known, m.hashed = known.Forfeit(r.From, r.To), m.hashed.Forfeit(r.From, r.To)
		m.add(span{r.From, r.To})
		if r.To == r.From+"\x00" { // one document, of which perhaps nothing was left
			b.noteRecord(coll, r.From, true)
		}
	}
	if err := b.forgetNothing(coll, lost); err != nil {
		return nil, err
	}
	s := b.state(coll)
	s.live, s.knowledge = live, known
	b.setTreeMark(coll, m)
	if len(rest) == 0 { // what was lost with the rest is not missed any more
		if err := b.enrolLeft(coll); err != nil {
			return nil, err
		}
	}
	if b.counter(coll) == 0 { // what this incarnation writes next is seen everywhere
		return rest, nil
	}
	return rest, b.Renew()
}

// recount counts the documents that exist and can be read.
func (b *Batch) recount(coll string) (live uint64, err error) {
	for item, err := range b.tx.Scan(documentRange(coll, "", "")) {
		if err != nil {
			return 0, err
		}
		rec, err := recordOf(coll, documentKeyOf(coll, item.Key), item.Key, item.Value, b.replicaID)
		if err == nil && rec.Exists() {
			live++
		}
	}
	return live, nil
}

// splitRanges cuts ranges that are in order before key.
func splitRanges(ranges []crdt.Range, key string) (before, after []crdt.Range) {
	for _, r := range ranges {
		switch {
		case r.To != "" && r.To <= key:
			before = append(before, r)
		case r.From >= key:
			after = append(after, r)
		default:
			before = append(before, crdt.Range{From: r.From, To: key})
			after = append(after, crdt.Range{From: key, To: r.To})
		}
	}
	return before, after
}
