package storage

import (
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// leaves compares the tree with the documents of a range, leaf by leaf, and
// with itself. Of a leaf with a document that has changed since it was hashed,
// or is damaged, nothing can be said; so a tree need not be up to date to be
// checked.
func (c *checker) leaves(keys crdt.Range) error {
	m, err := c.treeMark()
	if err != nil || m.drop {
		return err
	}
	err = c.walk().Check(keys.From, keys.To, hashedLeaf{c: c, mark: m}.read, func(boundary, detail string) error {
		return c.find(boundary, ProblemTree, detail)
	})
	if errors.Is(err, errTree) {
		return c.find(keys.From, ProblemTree, err.Error())
	}
	return err
}

// hashedLeaf reads leaves as they were hashed, as long as they are so.
type hashedLeaf struct {
	c     *checker
	mark  *treeMark
	ahead *bool // whether one was read that is ahead of all that is known; nil if nothing is to be said of a leaf that has one
}

// read implements merkle.Leaf. A document has changed if one of its heads is
// above what is hashed; removed ones have heads too. Where all that is known is
// hashed such a head is also above what is known: of a key that was left and is not
// dropped yet (see Batch.Leave), or in a record that is ahead of the collection's state. Only the hash
// of the leaf tells then whether it is what was hashed.
func (l hashedLeaf) read(from, to string) (documents []merkle.Document, current bool, err error) {
	if !l.mark.kept(from, to) {
		return nil, false, nil
	}
	for item, err := range l.c.snap.Scan(documentRange(l.c.coll, from, to)) {
		if err != nil {
			return nil, false, err
		}
		key := documentKeyOf(l.c.coll, item.Key)
		rec, err := recordOf(l.c.coll, key, item.Key, item.Value, l.c.replicaID)
		if errors.Is(err, ErrDamaged) || l.c.isSpoilt(key) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		if !l.mark.covers(rec) {
			if l.ahead == nil || !l.mark.hashed.At(key).Equal(l.c.state.knowledge.At(key)) {
				return nil, false, nil
			}
			*l.ahead = true
		}
		if rec.Exists() {
			documents = append(documents, merkle.Document{Key: key, Digest: rec.Digest()})
		}
	}
	return documents, true, nil
}

// kept reports whether the leaf of [from, to) is to be hashed again only if a document in
// it says so.
func (m *treeMark) kept(from, to string) bool {
	return !m.drop && !slices.ContainsFunc(m.rebuild, func(s span) bool { return s.overlaps(from, to) })
}

// covers reports whether a record is what was hashed, as far as its heads say.
func (m *treeMark) covers(rec Record) bool {
	hashed := m.hashed.At(rec.Key)
	for _, h := range rec.Heads {
		if !hashed.Has(h) {
			return false
		}
	}
	return true
}
