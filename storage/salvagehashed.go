package storage

import (
	"encoding/binary"
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// Hashed is how far the trees were hashed of collections of which the state is lost: less than what was known, and
// stored elsewhere. Whatever was given up was taken out of it in the same commit, so that it is a context in which
// every record is true that is the latest of its key (Law I). The zero value says nothing.
type Hashed struct {
	lost func(storageKey []byte) bool
	seen map[string]crdt.Knowledge
}

// HashedOf reads it from a store as a damage has left it. lost reports whether something of which nobody
// knows how new it was may have been under a key of the store. It says nothing of a collection of which the state is not
// among that, since then it is missing for another reason, nor where the mark, or the base it is written from, may be older than
// it should be.
func HashedOf(r Reader, collections []string, lost func(storageKey []byte) bool) (Hashed, error) {
	h := Hashed{lost, map[string]crdt.Knowledge{}}
	id := (&replicaTable{}).of(r)
	for _, coll := range collections {
		if !lost(collectionKey(coll)) || lost(treeMarkKey(coll)) || lost(baseKey(coll)) {
			continue
		}
		k, err := hashedWithoutState(r, coll, id)
		if errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return h, err
		}
		h.seen[coll] = k
	}
	return h, nil
}

// hashedWithoutState reads a mark by the base that is stored.
func hashedWithoutState(r Reader, coll string, id unnamer) (k crdt.Knowledge, err error) {
	mark, err := getSealed(r, treeMarkKey(coll), coll, "the tree mark")
	if err != nil {
		return k, err
	}
	number := uint64(0)
	b, err := getSealed(r, baseKey(coll), coll, "the base of the knowledge")
	if err == nil {
		number, _ = binary.Uvarint(b)
	} else if !errors.Is(err, ErrNotFound) {
		return k, err
	}
	from, err := loadBase(r, coll, number, id)
	if err != nil {
		return k, err
	}
	m, ok := parseTreeMark(mark, from, id)
	if !ok {
		return k, &DamagedError{Collection: coll, What: "the tree mark"}
	}
	return m.hashed, nil
}

// Widen gives a document the context in which it was hashed, as far as somebody has signed for that (Law J). A record
// that may be older than the last one of its key is not given it: what came between them would be removed
// where somebody has it.
func (h Hashed) Widen(s *Salvaged, a Signatures) {
	k, is := h.seen[s.Collection]
	if !is || h.lost(documentKey(s.Collection, s.Document.Key)) {
		return
	}
	s.Beside = false
	for r, n := range k.At(s.Document.Key).All() {
		if n = min(n, a[s.Collection][r].Counter); n > 0 {
			s.Vector.Raise(r, n)
		}
	}
}
