package storage

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/crdtstore/crdtstore/crdt"
)

// base is what was known of a collection at some moment. It lies beside the
// state, which says in what the knowledge is another by now, so that a commit
// writes a few bytes, however many replicas there are. When the changes have grown
// too long a new base is written.
type base struct {
	number    uint64 // counts the bases; zero before the first, which is empty
	knowledge crdt.Knowledge
	size      int // bytes
}

// namer writes the number of a replica, unnamer reads it.
type (
	namer   func(b []byte, r crdt.ReplicaID) []byte
	unnamer func(n replicaNumber) (crdt.ReplicaID, error)
)

// cut reads the number of a replica from the front of b.
func (id unnamer) cut(b []byte) (r crdt.ReplicaID, rest []byte, err error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > math.MaxUint32 {
		return r, nil, errors.New("replica number cut off")
	}
	r, err = id(replicaNumber(n))
	return r, b[w:], err
}

// lastChanges are the changes that were written last, and what the knowledge
// and the own incarnation were then. Its next write alone makes no others, if all
// keys counted the one before, and the changes do not speak of it (same).
type lastChanges struct {
	knowledge crdt.Knowledge
	own       crdt.ReplicaID
	same      bool
	changes   []byte
}

// stay reports whether the changes are those of s too.
func (l lastChanges) stay(s *state) bool {
	if !l.same || l.own != s.own.replica {
		return false
	}
	then, one := l.knowledge.Whole()
	if now, ok := s.knowledge.Whole(); ok && one && then == now {
		return true
	}
	return l.knowledge.RaiseOwn(l.own, s.own.counter).Equal(s.knowledge)
}

const ownCounted = 1 // the own counter is known of all keys

// reference is what the changes are written from: the base, where all keys count
// what was written here.
func (s *state) reference(flags byte) crdt.Knowledge {
	if flags&ownCounted != 0 {
		return s.base.knowledge.RaiseOwn(s.own.replica, s.own.counter)
	}
	return s.base.knowledge
}

// appendChanges appends the number of the base, flags, the knowledge as its
// difference from the base, and the reach as that from the knowledge.
func (s *state) appendChanges(b []byte, name namer) []byte {
	if !s.last.stay(s) {
		flags, spoken := byte(0), false
		name := func(b []byte, r crdt.ReplicaID) []byte {
			spoken = spoken || r == s.own.replica
			return name(b, r)
		}
		if s.own.counter > 0 && s.knowledge.RaiseOwn(s.own.replica, s.own.counter).Equal(s.knowledge) {
			flags = ownCounted
		}
		c := append(binary.AppendUvarint(make([]byte, 0, 64), s.base.number), flags)
		c = s.knowledge.AppendDifference(c, s.reference(flags), name)
		c = crdt.Know(s.reach.vector).AppendDifference(c, crdt.Know(s.knowledge.Max()), name)
		ahead := s.knowledge.Max().Counter(s.own.replica) > s.own.counter // the next write makes ranges one that these changes tell apart
		s.last = lastChanges{own: s.own.replica, same: flags == ownCounted && !spoken && !ahead, changes: c}
	}
	s.last.knowledge = s.knowledge
	return append(b, s.last.changes...)
}

// readChanges is the inverse of appendChanges; r holds the base.
func (s *state) readChanges(r Reader, coll string, b []byte, id unnamer) error {
	damaged := &DamagedError{Collection: coll, What: "the knowledge"}
	n, w := binary.Uvarint(b)
	if w <= 0 || len(b) < w+1 || b[w] > ownCounted {
		return damaged
	}
	flags := b[w]
	b = b[w+1:]
	var err error
	if s.base, err = loadBase(r, coll, n, id); err != nil {
		return err
	}
	all := func(from crdt.Knowledge) (k crdt.Knowledge) {
		if err == nil {
			k, b, err = crdt.CutDifference(b, from, math.MaxInt, math.MaxInt, id.cut)
		}
		return k
	}
	s.knowledge = all(s.reference(flags))
	reach, whole := all(crdt.Know(s.knowledge.Max())).Whole()
	if s.reach.vector = reach; err != nil || !whole || len(b) > 0 {
		return damaged
	}
	return nil
}

// loadBase reads the base of a collection, which must be number n.
func loadBase(r Reader, coll string, n uint64, id unnamer) (base, error) {
	if n == 0 {
		return base{}, nil
	}
	b, err := getSealed(r, baseKey(coll), coll, "the base of the knowledge")
	if err != nil && !errors.Is(err, ErrNotFound) {
		return base{}, err
	}
	number, w := binary.Uvarint(b)
	if w <= 0 || number != n {
		return base{}, &DamagedError{Collection: coll, What: "the base of the knowledge is another"}
	}
	k, rest, err := crdt.CutDifference(b[w:], crdt.Knowledge{}, math.MaxInt, math.MaxInt, id.cut)
	if err != nil || len(rest) > 0 {
		return base{}, &DamagedError{Collection: coll, What: "the base of the knowledge"}
	}
	return base{number: n, knowledge: k, size: len(b)}, nil
}

// due reports whether the changes are so long that writing them again and again
// costs more than a new base.
func (s *state) due() bool {
	return len(s.last.changes) > max(leastChanges, int(math.Sqrt(float64(8*s.base.size))))
}

// leastChanges is how many bytes of changes never need a new base.
const leastChanges = 256

// rebase writes what is known as a new base, and from it the state and the tree
// mark. It changes nothing that a View shows.
func (b *Batch) rebase(coll string) error {
	m, err := b.treeMark(coll) // from the base before
	if err != nil {
		return err
	}
	b.setTreeMark(coll, m)
	s := b.state(coll)
	value := binary.AppendUvarint(unsealed(64+s.base.size), s.base.number+1)
	value = s.knowledge.AppendDifference(value, crdt.Knowledge{}, b.name)
	s.base = base{number: s.base.number + 1, knowledge: s.knowledge, size: len(value) - sealSize}
	s.last = lastChanges{}
	key := baseKey(coll)
	return b.set(key, seal(key, value))
}

// rebase gives collections whose changes have grown long a new base, in commits
// of their own: a large document may have taken all the room of the last one.
// That this fails, or a crash before it, leaves what is there.
func (d *Documents) rebase(b *Batch) {
	for coll, s := range b.states {
		if s.due() {
			_ = d.update(func(b *Batch) error { return b.rebase(coll) })
		}
	}
}
