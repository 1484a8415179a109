package storage

import (
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Reindex makes what is kept beside the records of documents agree with them:
// the dot index names their heads and nothing else of them, the index of
// conflicts and the record say what the content does, and no part of a body is
// left that the record does not name. It heals ProblemIndex, and unlike a
// Forfeit keeps the document, which nobody else may hold. Documents whose record
// is damaged are left alone, and so is the dot index where there is none. No dot
// is taken: a peer that has come to count the changes while the index did not
// name them is not sent the document again. Key "" is the index as a whole: it is taken
// for what was written from then on, but for entries of records that can be read. Without it
// entries of other documents go on being missed.
//
// It reads the whole index of the collection.
func (b *Batch) Reindex(coll string, keys []string) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	if err := b.reindex(coll, keys); err != nil {
		return b.note(fmt.Errorf("reindex %s: %w", coll, err))
	}
	return nil
}

// hashAgain has the leaves of keys hashed, whatever the tree is said to show.
func (b *Batch) hashAgain(coll string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	old, err := b.treeMark(coll)
	if err != nil {
		return err
	}
	m := *old
	m.rebuild = slices.Clone(m.rebuild)
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		m.add(span{key, key + "\x00"})
	}
	b.setTreeMark(coll, &m)
	b.dirty[coll] = nil // it was listed without them
	return nil
}

func (b *Batch) reindex(coll string, keys []string) error {
	before := 0 // what was enrolled
	if e := b.enrolled[coll]; e != nil {
		before = len(*e)
	}
	type naming struct{ at, key string }
	lacking := map[naming]bool{} // to add, of all heads
	heads := map[string][]crdt.Dot{}
	for _, key := range keys {
		if key == "" {
			continue
		}
		rec, err := b.read(coll, key)
		if err != nil {
			continue
		}
		if err := b.reindexBeside(coll, rec); err != nil {
			return err
		}
		if len(rec.Heads) == 0 {
			continue
		}
		heads[key] = rec.Heads
		for _, h := range rec.Heads {
			n, err := b.number(h.Replica)
			if err != nil {
				return err
			}
			lacking[naming{string(indexKey(coll, n, h.Counter)), key}] = true
		}
	}
	index := ScanOptions{Start: inCollection(spaceIndex, coll, 0), End: afterCollection(spaceIndex, coll)}
	for item, err := range b.tx.Scan(index) {
		if err != nil {
			return err
		}
		ours := slices.DeleteFunc(slices.Collect(namedBy(item.Value)), func(key string) bool { return len(heads[key]) == 0 })
		if len(ours) == 0 {
			continue
		}
		at := slices.Clone(item.Key)
		n, counter, err := parseIndexKey(coll, item.Key)
		if err != nil {
			return err
		}
		id, err := b.replicaID(n)
		if err != nil {
			return err
		}
		for _, key := range ours {
			if slices.Contains(heads[key], crdt.Dot{Replica: id, Counter: counter}) {
				delete(lacking, naming{string(at), key})
				if err := b.enter(at, named{key, crowdOf(len(heads[key]))}); err != nil {
					return err
				}
			} else if err := b.leave(at, key); err != nil {
				return err
			}
		}
	}
	var lost []string // their documents were not hashed, if that came to them meanwhile
	for key, of := range heads {
		for _, h := range of {
			n, _ := b.known(h.Replica)
			if at := indexKey(coll, n, h.Counter); lacking[naming{string(at), key}] {
				if err := b.enter(at, named{key, crowdOf(len(of))}); err != nil {
					return err
				}
				b.noteRecord(coll, key, false)
				lost = append(lost, key)
			}
		}
	}
	if err := b.hashAgain(coll, lost); err != nil {
		return err
	}
	if slices.Contains(keys, "") {
		return b.enrolAnew(coll)
	}
	if e, roll := b.enrolled[coll], b.look(coll).roll; e != nil && roll.whole() == nil { // its sum has those that were lost, and not those that came back
		*e = (*e)[:before]
	}
	return nil
}
