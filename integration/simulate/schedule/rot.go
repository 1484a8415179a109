package schedule

import (
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// harm is what happens to what is kept of a document on the disk.
type harm string

// The harms. All are found by a check of the disk, and none reaches another peer
// before, but for one: what the index does not list is not sent, though it counts as
// known. Of such a document it is only checked that it is not lost for good, and
// that all come to hold the same.
const (
	flipped    harm = "a record changes"
	lostRecord harm = "a record is lost"
	unlisted   harm = "an entry of the index is lost"
	oldRecord  harm = "an earlier record is back"
	treeHarm   harm = "a node of the tree changes"
	wentBack   harm = "a document is an earlier one, with its entries of the index"
)

// rot lets something on the disk of a peer change, or lets it be found.
func (w *world) rot() {
	p := w.someone()
	if len(p.rotten) > 0 {
		p.scrub()
		return
	}
	a := address{pick(w.luck, w.collections), pick(w.luck, w.keys)}
	if len(w.marks) > 0 && w.luck.IntN(2) == 0 {
		a = pick(w.luck, w.marks).address
	}
	if !p.holds(a.key) || p.rolled != (crdt.ReplicaID{}) || w.loose[a] {
		return
	}
	kind := pick(w.luck, []harm{flipped, lostRecord, unlisted, oldRecord, treeHarm})
	done := false
	p.calm()
	if kind != unlisted && kind != treeHarm {
		p.excuse(a.collection, crdt.Range{From: a.key, To: a.key + "\x00"})
	}
	err := p.memory.Update(func(tx storage.Tx) (err error) {
		if done, err = p.harm(tx, a, kind); err == nil && !done {
			err = p.remember(tx)
		}
		return err
	})
	if err != nil {
		w.fail("rot: %v", err)
	}
	if done {
		p.rotten, p.marred = map[address]harm{a: kind}, true
		if kind == unlisted {
			w.loose[a] = true
		}
		w.tally["rot: "+string(kind)]++
		w.tell("%s of %s at %s", kind, a, p)
	}
}

// remember keeps the records of documents as they are, those of which none was kept
// yet: for one of them to come back.
func (p *peer) remember(tx storage.Tx) error {
	if p.was == nil {
		p.was = map[address][]byte{}
	}
	for _, coll := range p.w.collections {
		for _, key := range p.w.keys {
			a := address{coll, key}
			if p.was[a] != nil {
				continue
			}
			record, err := tx.Get(append([]byte("d"+coll+"\x00"), key...))
			if err == nil {
				p.was[a] = slices.Clone(record)
			} else if !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

// harm does it; false if there is nothing to do it to.
func (p *peer) harm(tx storage.Tx, a address, kind harm) (done bool, err error) {
	at := append([]byte("d"+a.collection+"\x00"), a.key...)
	record, err := tx.Get(at)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	record = slices.Clone(record)
	switch kind {
	case flipped:
		p.flip(record)
		return true, tx.Set(at, record)
	case lostRecord:
		return true, tx.Delete(at)
	case oldRecord:
		was := p.was[a]
		if was == nil || slices.Equal(was, record) {
			return false, nil
		}
		return true, tx.Set(at, was)
	}
	space, kept := "i", a.key
	if kind == treeHarm {
		space = "t"
	}
	var some []storage.Item
	for item := range tx.Scan(storage.ScanOptions{Start: []byte(space + a.collection + "\x00"), End: []byte(space + a.collection + "\x01")}) {
		if kind == treeHarm || names(item.Value, kept) {
			some = append(some, storage.Item{Key: slices.Clone(item.Key), Value: slices.Clone(item.Value)})
		}
	}
	if len(some) == 0 {
		return false, nil
	}
	one := pick(p.w.luck, some)
	if kind == unlisted {
		return true, tx.Delete(one.Key)
	}
	p.flip(one.Value)
	return true, tx.Set(one.Key, one.Value)
}

func (p *peer) flip(b []byte) { b[p.w.luck.IntN(len(b))] ^= 1 << p.w.luck.IntN(8) }

// met does what a node does when it meets damage: it checks the collection. It
// reports whether err was damage that is there, or may be: documents of copies under one dot make another index.
func (p *peer) met(err error) bool {
	if !errors.Is(err, storage.ErrDamaged) || len(p.rotten) == 0 && !p.w.twinned {
		return false
	}
	p.w.tally["damage met"]++
	p.scrub()
	return true
}

// rots reports whether something of a collection is damaged on the disk of p, and was not found yet: its
// tree may have been hashed with it, or without.
func (p *peer) rots(coll string) bool {
	for a := range p.rotten {
		if a.collection == coll {
			return true
		}
	}
	return false
}

// scrub checks all that p holds and heals what it finds, as a node does.
func (p *peer) scrub() {
	rotten := p.rotten
	p.rotten = nil
	p.calm()
	for _, coll := range p.docs.Collections() {
		found := p.found(coll)
		for _, f := range found {
			if !p.w.relevant(rotten, f) {
				p.w.fail("%s finds %v, and what is damaged are %v", p, f, rotten)
			}
		}
		if h := p.w.seams.onHeal; h == nil || h(p) {
			p.heal(coll, found)
		}
		if again := p.found(coll); len(again) > 0 && !p.w.twinned {
			p.w.fail("%s has healed %v, and finds %v", p, found, again)
		}
	}
	if err := p.docs.Sync(); err != nil {
		p.w.fail("sync %s: %v", p, err)
	}
	p.w.tally["scrubs"]++
	p.w.inspect(p)
}

// relevant reports whether a finding is of what is damaged.
func (w *world) relevant(rotten map[address]harm, f storage.Finding) bool {
	for a := range rotten {
		if f.Collection == a.collection && (f.Key == a.key || f.Problem == storage.ProblemTree || f.Problem == storage.ProblemCount) {
			return true
		}
	}
	return w.twinned || w.loose[address{f.Collection, f.Key}] || len(w.loose) > 0 && (f.Problem == storage.ProblemTree || f.Key == "" && f.Problem == storage.ProblemIndex)
}

// heal gives up what is damaged, and makes again what can be made.
func (p *peer) heal(coll string, found []storage.Finding) {
	var gone, unindexed []string
	tree := false
	for _, f := range found {
		switch f.Problem {
		case storage.ProblemTree:
			tree = true
		case storage.ProblemIndex:
			unindexed = append(unindexed, f.Key)
		default:
			gone = append(gone, f.Key)
		}
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	unindexed = slices.DeleteFunc(unindexed, func(key string) bool { return slices.Contains(gone, key) })
	for _, key := range gone {
		p.forfeit(coll, key, key+"\x00")
	}
	err := p.docs.Update(func(b *storage.Batch) error {
		if tree {
			if err := b.RebuildTree(coll); err != nil {
				return err
			}
		}
		return b.Reindex(coll, unindexed)
	})
	if err != nil {
		p.w.fail("heal %s at %s: %v", coll, p, err)
	}
	p.changedAll(coll)
}
