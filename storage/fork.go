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

// fork says that an own incarnation is not the only continuation of its past: a signed head
// of another one, as of a time, was seen. That may have taken the same dots for other
// documents, long ago, and a peer may know of those that they were removed, and have
// forgotten it: which says nothing of what this store wrote under them (Law A). That is
// what the incarnation has counted in the collection beyond from, in the run in which the
// fork came out, and what it wrote no earlier than the head: in a past that they share all
// that is under its dots is earlier.
type fork struct {
	collection string
	replica    crdt.ReplicaID
	from       uint64
	at         crdt.Timestamp
}

// opened is how far this store had counted when it had been opened; it never changes.
type opened struct {
	last    int               // the place among incarnations.replicas of the one in use
	counted map[string]uint64 // by it, in each collection
}

// branched reports whether a dot of a document, if this store took it, was taken behind a fork. latest is when the store
// changed the document last, if all of it is of the replica of the dot; else it is 0.
func (n incarnations) branched(coll string, d crdt.Dot, latest crdt.Timestamp) bool {
	return slices.ContainsFunc(n.forks, func(f fork) bool {
		return f.replica == d.Replica && f.collection == coll && (d.Counter > f.from || latest >= f.at)
	})
}

// forked reports whether this store wrote the document of a dot behind a fork. What it has not counted itself
// another continuation has written, of which others may well have seen the removal (Law A).
func (b *Batch) forked(coll string, d crdt.Dot, latest crdt.Timestamp) bool {
	n, ok := b.known(d.Replica)
	if !ok || !b.own.branched(coll, d, latest) {
		return false
	}
	s := b.peek(coll)
	own, err := loadOwnHead(b.tx, coll, &s, d.Replica, n)
	return err != nil || d.Counter <= own.counter
}

// latestOwn is when this store changed a document last, if one replica has written all of it; else 0, as where nothing has
// forked. What another continuation wrote behind that, and peers have brought here, says nothing of it: the rest of the
// document may well lie before the fork, and be what others have seen removed.
func (b *Batch) latestOwn(coll string, heads []crdt.Dot, doc *crdt.Document) (latest crdt.Timestamp) {
	if len(b.own.forks) == 0 || len(heads) == 0 {
		return 0
	}
	by := heads[0].Replica
	if slices.ContainsFunc(heads, func(h crdt.Dot) bool { return h.Replica != by }) {
		return 0
	}
	n, ok := b.known(by)
	if !ok {
		return 0
	}
	s := b.peek(coll)
	own, err := loadOwnHead(b.tx, coll, &s, by, n)
	for d, t := range doc.Stamps() {
		if d.Replica != by {
			return 0
		}
		if err != nil || d.Counter <= own.counter {
			latest = max(latest, t)
		}
	}
	return latest
}

// fork notes that an own incarnation has forked if h, a head of it whose
// signature was verified, proves that: differs says that it
// has another past, else it has to count further. The first proof is kept. Where the writes of the run in which
// an incarnation was given up began is told by the doubts. If those say nothing, it was given up before the proof, and before
// any claim: what it wrote by then may lie before the fork, but for what is no earlier than the head.
func (b *Batch) fork(coll string, h crdt.SignedHead, differs bool) error {
	r, s := h.Replica(), b.peek(coll)
	i, before := slices.Index(b.own.replicas, r), b.d.opened
	n, wrote := b.known(r)
	noted := func(o fork) bool { return o.collection == coll && o.replica == r }
	if !wrote || slices.ContainsFunc(b.own.forks, noted) {
		return nil
	}
	own, err := loadOwnHead(b.tx, coll, &s, r, n)
	if err != nil {
		return err
	}
	if !differs && h.Counter <= own.counter {
		return nil
	}
	f := fork{collection: coll, replica: r, at: h.Time}
	if doubt := slices.IndexFunc(b.own.doubts, noted); doubt >= 0 {
		f.from = b.own.doubts[doubt].from
	} else if i == before.last {
		f.from = before.counted[coll]
	} else if i < before.last {
		if f.from = own.counter; own.time < f.at {
			return nil // all that it wrote is earlier
		}
	}
	b.own.forks, err = b.setForks(metaForks, b.own.forks, f)
	return err
}

// setForks stores forks with more, and gives those that are kept.
func (b *Batch) setForks(name string, forks []fork, more ...fork) ([]fork, error) {
	forks = slices.Concat(forks, more)
	forks = forks[max(0, len(forks)-maxForks):]
	var payload []byte
	for _, f := range forks {
		payload = binary.AppendUvarint(payload, uint64(len(f.collection)))
		payload = append(append(payload, f.collection...), f.replica[:]...)
		payload = binary.AppendUvarint(binary.AppendUvarint(payload, f.from), uint64(f.at))
	}
	return forks, b.setMeta(name, payload)
}

// loadForks reads what setForks has stored. What is damaged counts as none: it is a precaution.
func loadForks(r Reader, name string) ([]fork, error) {
	b, err := getSealed(r, metaKey(name), "", "the "+name)
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
		at, v := binary.Uvarint(b[w:])
		if v <= 0 {
			return nil, nil
		}
		f.at = crdt.Timestamp(at)
		forks, b = append(forks, f), b[w+v:]
	}
	return forks, nil
}
