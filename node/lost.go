package node

import (
	"errors"

	"github.com/crdtstore/crdtstore/storage"
)

// lost is an error if there is no record of a document, not even of its removal,
// and the tree was hashed with more where it would be: then a disk has lost the record,
// and to say that there is none, or to write one that replaces it, would be a deletion
// (Law I). Where something has changed since the tree was hashed nobody can tell.
func (n *Node) lost(collection string, rec storage.Record) error {
	if rec.Exists() || len(rec.Heads) > 0 {
		return nil
	}
	return n.docs.Lost(collection, rec.Key)
}

// lostIn is lost in a view.
func lostIn(v *storage.View, rec storage.Record) error {
	if rec.Exists() || len(rec.Heads) > 0 {
		return nil
	}
	if _, err := v.Absent(rec.Key); errors.Is(err, storage.ErrDamaged) {
		return err
	}
	return nil
}

// errAbsent is returned by a mutation that is to change a document of which there is
// no record: the caller looks whether it was lost, and tries again.
var errAbsent = errors.New("there is no record of the document")
