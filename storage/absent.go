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

// Absent reports whether there is no record of a document, and the tree bears
// that out: the leaf where it would be hashes to what is there (Law I). sure is
// false if there is a record, or the leaf has changed since it was hashed, so
// that HashTree has to come first. A leaf that was hashed from other documents is
// damage: what one of them says is not there may have been lost. So is a tree
// with another number of documents than are counted. A leaf with records that are
// ahead of what is known, as there are while keys that were left are dropped, may as well
// have been hashed without them: if it does not hash to what is there, sure is false.
// A document that was lost before its leaf was hashed is not among those that the tree shows: so those that should
// have a record are asked too, for which the index is read once for each opening.
func (v *View) Absent(key string) (sure bool, err error) {
	if err := v.learn(); err != nil {
		return false, err
	}
	sure, _, _, err = v.absent(key)
	return sure, err
}

// Lost returns a *DamagedError if there is no record of a document, and the tree says
// that there was more where it would be (see View.Absent). Where nobody can tell it returns
// nil. What was found is remembered until the collection changes: only the first document that is
// missed in a leaf of the tree costs a look at it.
func (d *Documents) Lost(coll, key string) error {
	if d.proven.absent(coll, d.published(coll), key) {
		return nil
	}
	v, err := d.View(coll)
	if err != nil {
		return err
	}
	defer v.Close()
	sure, keys, documents, err := v.absent(key)
	if errors.Is(err, ErrDamaged) {
		return err
	}
	if sure && keys.From <= key && v.state == d.published(coll) {
		d.proven.add(coll, v.state, keys, documents)
	}
	return nil
}

// absent is Absent, and tells the leaf that it has read and the documents there.
func (v *View) absent(key string) (sure bool, keys crdt.Range, found []merkle.Document, err error) {
	rec, err := v.Record(key)
	if err != nil || len(rec.Heads) > 0 || rec.Exists() {
		return false, keys, nil, err
	}
	told, err := v.lost(key)
	if err != nil {
		return false, keys, nil, err
	}
	m, err := v.treeMark()
	if err != nil || m.drop || m.hashed.At(key).Equal(crdt.VersionVector{}) {
		return false, keys, nil, err
	}
	ahead := false
	leaf := hashedLeaf{&checker{View: v}, m, &ahead}
	root, detail, err := v.walk().CheckKey(key, func(from, to string) (documents []merkle.Document, current bool, err error) {
		documents, current, err = leaf.read(from, to)
		sure, keys, found = err == nil && current, crdt.Range{From: from, To: to}, documents
		return documents, current, err
	})
	switch {
	case errors.Is(err, errTree): // made again with the next hashing
		return false, keys, nil, nil
	case err == nil && detail != "" && ahead:
		return false, keys, nil, nil
	case err == nil && detail != "":
		err = &DamagedError{Collection: v.coll, Key: key, What: "no record, and in the tree " + detail}
	case err == nil && m.shows(v.state.knowledge) && root.Count != v.Count(): // one that shows all that is known has as many documents as are counted: else it was lost
		err = &DamagedError{Collection: v.coll, What: fmt.Sprintf("the tree has %d documents, the count says %d", root.Count, v.Count())}
	}
	return sure && told && err == nil && (root.Count > 0 || v.Count() == 0), keys, found, err
}
