package storage

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	metaForks = "forks"
	maxForks  = 1024 // the oldest are dropped
)

// fork says that an own incarnation, which is not the only continuation of its past, wrote
// in a collection what it counts beyond from in the run in which that came out. Another
// continuation may have taken the same dots for other documents, long ago, and a peer may
// know of those that they were removed, and have forgotten it: that says nothing of what
// this store wrote under them (Law A).
type fork struct {
	collection string
	replica    crdt.ReplicaID
	from       uint64
}

// opened is how far this store had counted when it was opened; it never changes.
type opened struct {
	last    int               // the place of the incarnation that was in use among incarnations.replicas; -1 if there was none
	counted map[string]uint64 // by it, in each collection
}

// branched reports whether a dot is one that is said in a fork.
func (n incarnations) branched(coll string, d crdt.Dot) bool {
	return slices.ContainsFunc(n.forks, func(f fork) bool {
		return f.replica == d.Replica && f.collection == coll && d.Counter > f.from
	})
}

// fork notes what an own incarnation has written in this run if h, a head of it whose
// signature was verified, proves that it was continued elsewhere: differs says that it
// has another past, else it has to count further. Of earlier runs nothing is noted: they
// may be older than the fork.
func (b *Batch) fork(coll string, h crdt.SignedHead, differs bool) error {
	r, s := h.Replica(), b.peek(coll)
	i, before := slices.Index(b.own.replicas, r), b.d.opened
	n, wrote := b.known(r)
	if i < before.last || !wrote {
		return nil
	}
	f := fork{collection: coll, replica: r}
	if i == before.last {
		f.from = before.counted[coll]
	}
	own, err := loadOwnHead(b.tx, coll, &s, r, n)
	if err != nil {
		return err
	}
	if own.counter <= f.from || !differs && h.Counter <= own.counter || slices.Contains(b.own.forks, f) {
		return nil
	}
	b.own.forks = append(slices.Clip(b.own.forks), f)
	b.own.forks = b.own.forks[max(0, len(b.own.forks)-maxForks):]
	var payload []byte
	for _, f := range b.own.forks {
		payload = binary.AppendUvarint(payload, uint64(len(f.collection)))
		payload = append(append(payload, f.collection...), f.replica[:]...)
		payload = binary.AppendUvarint(payload, f.from)
	}
	return b.setMeta(metaForks, payload)
}

// loadForks reads them. What is damaged counts as none: it is a precaution.
func loadForks(r Reader) ([]fork, error) {
	b, err := getSealed(r, metaKey(metaForks), "", "the forks")
	if errors.Is(err, ErrDamaged) {
		return nil, nil
	}
	if err != nil {
		return nil, notFoundIsNil(err)
	}
	var forks []fork
	for len(b) > 0 {
		var f fork
		n, w := binary.Uvarint(b)
		if w <= 0 || n > crdt.MaxCollection || uint64(len(b)-w) < n+uint64(len(f.replica)) {
			return nil, nil
		}
		f.collection, b = string(b[w:w+int(n)]), b[w+int(n):]
		b = b[copy(f.replica[:], b):]
		if f.from, w = binary.Uvarint(b); w <= 0 {
			return nil, nil
		}
		forks, b = append(forks, f), b[w:]
	}
	return forks, nil
}
