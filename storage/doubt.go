package storage

import (
	"cmp"
	"slices"
)

// metaDoubts names a record apart from the forks: a version that does not know it takes no doubt for a proof.
const metaDoubts = "doubts"

// doubt notes where the writes of this run began under the incarnation in use, in each collection that has some,
// before another one is taken. That may be for a claim that it is not the only continuation of its past, of which the
// proof, a signed head, comes in a later run: by then nothing else tells what was written before the fork from what
// was written behind it. Until there is a proof a doubt says nothing.
//
// A store that has a doubt has all that it wrote under that incarnation. So a head of it that counts further is
// another continuation's, and not a tail that this store has lost.
func (b *Batch) doubt() error {
	before, colls := b.d.opened, map[string]bool{}
	if before.counted == nil { // it is being opened: this run has written nothing
		return nil
	}
	b.d.mu.RLock()
	for coll := range b.d.states {
		colls[coll] = true
	}
	b.d.mu.RUnlock()
	for coll := range b.states {
		colls[coll] = true
	}
	var found []fork
	for coll := range colls {
		f := fork{collection: coll, replica: b.own.current}
		if slices.Index(b.own.replicas, f.replica) == before.last {
			f.from = before.counted[coll]
		}
		if own := b.peek(coll).own; own.replica == f.replica && own.counter > f.from {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b fork) int { return cmp.Compare(a.collection, b.collection) })
	var err error
	b.own.doubts, err = b.setForks(metaDoubts, b.own.doubts, found...)
	return err
}
