package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// A merge writes what two sides have, and counts all that either has seen. If it builds on
// less than was here, because a disk has lost a record or an earlier one is back, whoever
// counts the rest and gets the result takes that rest for removed. The peer cannot tell it: so
// a base is looked at before a merge changes it (Law I).

// maxNamed is how many entries of the dot index one merge reads to find out
// whether they name a document of which there is no record.
const maxNamed = 256

// sound makes sure that the record which a merge is about to replace is the last one, as
// Listed does. alone reports whether no entry of its heads names another document.
func (w *joining) sound(rec Record) (alone bool, err error) {
	if len(rec.Heads) == 0 {
		return false, nil
	}
	return w.listed(w.coll, rec)
}

// missed fails with *DamagedError if there was a record of a document that has none: the tree was
// hashed with it, or the dot index names it. own is the vector of its range. Nobody can tell,
// and it returns nil, where something beside the document has changed since the tree was hashed, and the document
// has not, in a collection of more than maxNamed documents; nor where more than maxNamed
// changes were not hashed yet.
func (w *joining) missed(key string, own crdt.VersionVector) error {
	if own.Len() == 0 {
		return nil
	}
	if sure, err := w.intact(key); sure || err != nil {
		return err
	}
	if w.named == nil {
		w.named = map[string]bool{}
		if err := w.readNamed(own); err != nil {
			return err
		}
	}
	if w.named[key] {
		return &DamagedError{Collection: w.coll, Key: key, What: "the index names it, but it has no record"}
	}
	return nil
}

// readNamed reads which documents the index names: all if they are few, else those that have changed since
// the tree was hashed.
func (w *joining) readNamed(own crdt.VersionVector) error {
	var hashed crdt.VersionVector
	if w.look(w.coll).live > maxNamed {
		m, err := w.treeMark(w.coll)
		if err != nil {
			return err
		}
		for i, r := range m.hashed.Ranges() {
			if hashed = hashed.Least(r.Vector); i == 0 {
				hashed = r.Vector
			}
		}
	}
	left := maxNamed
	for r := range own.Beyond(hashed) {
		n, ok := w.known(r)
		if !ok {
			continue
		}
		for item, err := range w.tx.Scan(indexRange(w.coll, n, hashed.Counter(r))) {
			if err != nil {
				return err
			}
			if left--; left < 0 {
				return nil
			}
			for key := range namedBy(item.Value) {
				w.named[key] = true
			}
		}
	}
	return nil
}

// mergeLeaf is a leaf of the tree, as a merge meets it.
type mergeLeaf struct {
	span
	read, intact bool // it hashes to the records that are there
}

// intact reports whether the tree bears out that there is no record of a document; false
// is that nobody can tell. It reads each leaf once for all documents of a frame, and fails with *DamagedError if
// the leaf was hashed from others than are there.
func (w *joining) intact(key string) (bool, error) {
	if l := w.leaf; l.read && key >= l.from && (l.to == "" || key < l.to) {
		return l.intact, nil
	}
	m, err := w.treeMark(w.coll)
	if err != nil || m.drop || m.hashed.At(key).Len() == 0 {
		return false, err
	}
	for leaf, err := range (treeNodes{w.tx, w.coll}).leavesFrom(key) {
		if err != nil {
			return false, err
		}
		w.leaf = mergeLeaf{span: span{leaf.Boundary, leaf.end}, read: true}
		if !leaf.known || !m.kept(leaf.Boundary, leaf.end) {
			return false, nil
		}
		documents, err := w.hashedIn(m, w.leaf.span)
		if err != nil || documents == nil {
			return false, err
		}
		if is := merkle.LeafOf(documents); is != leaf.Node {
			return false, &DamagedError{Collection: w.coll, Key: key, What: fmt.Sprintf("no record, and from key %q on, of %d documents in the tree there are %d",
				leaf.Boundary, leaf.Count, is.Count)}
		}
		w.leaf.intact = true
		return true, nil
	}
	return false, nil
}

// hashedIn lists the documents that exist with keys of s, nil if there is one that has changed since it was
// hashed, or cannot be read.
func (w *joining) hashedIn(m *treeMark, s span) ([]merkle.Document, error) {
	documents := []merkle.Document{}
	for item, err := range w.tx.Scan(documentRange(w.coll, s.from, s.to)) {
		if err != nil {
			return nil, err
		}
		key := documentKeyOf(w.coll, item.Key)
		rec, err := recordOf(w.coll, key, item.Key, item.Value, w.replicaID)
		if errors.Is(err, ErrDamaged) || err == nil && !m.covers(rec) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if rec.Exists() {
			documents = append(documents, merkle.Document{Key: key, Digest: rec.Digest()})
		}
	}
	return documents, nil
}
