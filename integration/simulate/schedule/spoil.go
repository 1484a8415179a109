package schedule

import (
	"math/rand/v2"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/storage"
)

// spoil makes the body of a document of a frame one that cannot be read, and so
// is refused, as one that is too large would be; bad is its key, "" if the frame has
// no document with a body.
func spoil(rng *rand.Rand, f antientropy.Frame) (g antientropy.Frame, bad string) {
	f.Documents = slices.Clone(f.Documents)
	for _, i := range rng.Perm(len(f.Documents)) {
		if d := &f.Documents[i]; len(d.Body) > 0 {
			d.Body = []byte{0xff}
			return f, d.Key
		}
	}
	return f, ""
}

// damage changes a record of p on the disk, or loses it, and does what a node does
// about it: a check finds it, and nothing else; then it is given up. An index
// entry is made again.
func (p *peer) damage(coll string) {
	w := p.w
	p.calm()
	if len(p.rotten) > 0 {
		p.scrub()
	}
	key := pick(w.rng, p.w.keys)
	if !p.holds(key) || p.found(coll) != nil {
		return
	}
	hurt := 0
	err := p.memory.Update(func(tx storage.Tx) error {
		at := append([]byte("d"+coll+"\x00"), key...)
		value, err := tx.Get(at)
		if err != nil {
			return nil // there is no such record
		}
		hurt++
		if w.chance(0.3) {
			return tx.Delete(at)
		}
		value = slices.Clone(value)
		value[w.rng.IntN(len(value))] ^= 1 << w.rng.IntN(8)
		return tx.Set(at, value)
	})
	if err != nil {
		w.fail("damage: %v", err)
	}
	if hurt == 0 {
		return
	}
	w.tell("a record of %s/%s is damaged at %s", coll, key, p)
	w.tally["records damaged"]++
	found := p.found(coll)
	of := func(f storage.Finding) bool {
		return f.Key == key || f.Problem == storage.ProblemTree || f.Problem == storage.ProblemCount
	}
	if len(found) == 0 || !slices.ContainsFunc(found, func(f storage.Finding) bool { return f.Key == key }) {
		w.fail("%s does not find that %s/%s is damaged: %v", p, coll, key, found)
	}
	for _, f := range found {
		if !of(f) {
			w.fail("%s/%s is damaged at %s, which finds %v", coll, key, p, found)
		}
	}
	p.forfeit(coll, key, key+"\x00")
	if len(found) > 1 {
		err = p.docs.Update(func(b *storage.Batch) error { return b.RebuildTree(coll) })
		if err != nil {
			w.fail("tree of %s at %s: %v", coll, p, err)
		}
	}
	w.inspect(p)
}

// found is what p finds wrong with a collection.
func (p *peer) found(coll string) []storage.Finding {
	var held []crdt.Range
	for _, r := range p.scope {
		held = append(held, crdt.Range{From: r.From, To: r.To})
	}
	found, err := p.docs.VerifyHeld(coll, held)
	if err != nil {
		p.w.fail("check of %s at %s: %v", coll, p, err)
	}
	return found
}
