package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// Existing calls visit for each document that exists with a key in [from, to),
// in order of keys, with the SHA-256 of its canonical bytes, until it returns
// false. to "" is the end of the key space.
func (v *View) Existing(from, to string, visit func(key string, digest [32]byte) bool) error {
	documents := treeDocuments{r: v.snap, coll: v.coll, id: v.replicaID}
	for d, err := range documents.Scan(from, to) {
		if err != nil {
			return err
		}
		if !visit(d.Key, d.Digest) {
			return nil
		}
	}
	return nil
}

// counts reports whether there is a tree, or nothing to make one of. One that shows
// all that is known has as many documents as are counted: else it was lost.
func (v *View) counts(m *treeMark) (sure bool, err error) {
	root, _, err := v.walk().Root()
	switch {
	case errors.Is(err, errTree): // made again with the next hashing
		return false, nil
	case err == nil && m.shows(v.state.knowledge) && root.Count != v.Count():
		err = &DamagedError{Collection: v.coll, What: fmt.Sprintf("the tree has %d documents, the count says %d", root.Count, v.Count())}
	}
	return err == nil && (root.Count > 0 || v.Count() == 0), err
}

// Intact reports whether the documents with keys in [from, to), and those that share
// a leaf of the tree with them, are those that were hashed: a *DamagedError says that
// one was lost, or is not what it was, though its record can be read. Of leaves in
// which something has changed since they were hashed nothing is said, nor where the
// tree cannot be read: it is made again with the next hashing. to "" is the end of the
// key space.
func (v *View) Intact(from, to string) error {
	m, err := v.treeMark()
	if err != nil || m.drop {
		return nil
	}
	err = v.walk().CheckLeaves(from, to, hashedLeaf{&checker{View: v}, m}.read, func(boundary, detail string) error {
		return &DamagedError{Collection: v.coll, What: fmt.Sprintf("from key %q on, in the tree %s", boundary, detail)}
	})
	if errors.Is(err, errTree) {
		return nil
	}
	return err
}

// Absent reports whether there is no record of a document, and the tree bears
// that out: the leaf where it would be hashes to what is there (Law I). sure is
// false if there is a record, or the leaf has changed since it was hashed, so
// that HashTree has to come first. A leaf that was hashed from other documents is
// damage: what one of them says is not there may have been lost. So is a tree
// with another number of documents than are counted.
func (v *View) Absent(key string) (sure bool, err error) {
	rec, err := v.Record(key)
	if err != nil || len(rec.Heads) > 0 || rec.Exists() {
		return false, err
	}
	m, err := v.treeMark()
	if err != nil || m.drop || m.hashed.At(key).Equal(crdt.VersionVector{}) {
		return false, err
	}
	if sure, err = v.counts(m); !sure || err != nil {
		return false, err
	}
	visited := false
	leaf := hashedLeaf{&checker{View: v}, m}
	err = v.walk().Check(key, key+"\x00", func(from, to string) (documents []merkle.Document, current bool, err error) {
		documents, current, err = leaf.read(from, to)
		sure, visited = err == nil && current, true
		return documents, current, err
	}, func(_, detail string) error {
		return &DamagedError{Collection: v.coll, Key: key, What: "no record, and in the tree " + detail}
	})
	switch {
	case errors.Is(err, errTree): // made again with the next hashing
		return false, nil
	case err == nil && !visited: // it comes before the first leaf
		_, sure, err = leaf.read(key, key+"\x00")
	}
	return sure && err == nil, err
}
