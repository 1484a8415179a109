package storage

import (
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Forfeit makes the keys [from, to) of a collection unknown (Law I): in one
// commit their records and index entries are dropped, damaged or not, their
// vector becomes empty, and a new incarnation is taken. Ordinary drains bring
// the documents back. to "" is the end of the key space.
//
// It reads the whole index of the collection. Many documents may not fit into
// one transaction: then it fails with ErrTxTooBig, and smaller ranges serve.
func (b *Batch) Forfeit(coll, from, to string) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	if to != "" && from >= to {
		return fmt.Errorf("forfeit %s: no keys from %q to %q", coll, from, to)
	}
	if err := b.forfeit(coll, from, to); err != nil {
		return b.note(fmt.Errorf("forfeit %s from %q to %q: %w", coll, from, to, err))
	}
	return nil
}

func (b *Batch) forfeit(coll, from, to string) error {
	lost := crdt.Range{From: from, To: to}
	entries := ScanOptions{Start: inCollection(spaceIndex, coll, 0), End: afterCollection(spaceIndex, coll)}
	for item, err := range b.tx.Scan(entries) {
		if err != nil {
			return err
		}
		if lost.Contains(string(item.Value)) {
			if err := b.del(slices.Clone(item.Key)); err != nil {
				return err
			}
		}
	}
	live := uint64(0)
	for item, err := range b.tx.Scan(documentRange(coll, "", "")) {
		if err != nil {
			return err
		}
		key := documentKeyOf(coll, item.Key)
		if lost.Contains(key) {
			delete(b.held, address{coll, key})
			if err := b.del(slices.Clone(item.Key)); err != nil {
				return err
			}
			continue
		}
		rec, err := recordOf(coll, key, item.Key, item.Value, b.replicaID)
		if err == nil && rec.Exists() {
			live++
		}
	}
	known := b.peek(coll).knowledge.Forfeit(from, to)
	s := b.state(coll)
	s.live, s.knowledge = live, known
	m, err := b.treeMark(coll)
	if err != nil {
		return err
	}
	m.hashed = m.hashed.Forfeit(from, to)
	m.add(span{from, to})
	b.setTreeMark(coll, m)
	return b.Renew()
}
