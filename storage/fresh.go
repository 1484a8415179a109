package storage

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// freshLeast is from how many documents on it is worth a scan to find out that
// none of a frame's keys has a record.
const freshLeast = 16

// freshBeside is how many stored documents may be hashed with those of a frame,
// since the leaves at its ends go on behind them: some 30 are to be expected, but
// whoever chooses keys may make longer leaves, and each frame hashes them again.
const freshBeside = 4 * merkle.MaxRun

// errFarLeaf is why a frame is not hashed while it is in memory.
var errFarLeaf = errors.New("leaf reaches too far")

// vacant reports whether there is no record of any key that the frame is about,
// as while a peer takes in a collection. Of a frame with few documents it does
// not look.
func (b *Batch) vacant(coll string, f Frame) (bool, error) {
	if len(f.Documents) < freshLeast {
		return false, nil
	}
	o := documentRange(coll, f.From, f.To)
	o.KeysOnly = true
	for _, err := range b.tx.Scan(o) {
		return false, err
	}
	return true, nil
}

// hashFresh hashes the documents of a frame before they are stored, while they
// are in memory, if they are all that there will be of its keys and nothing was
// known of these before: so a replica that takes in a collection has its tree
// when it has its documents. Where something was known, a record may have been
// lost, and the tree is evidence of it (Law I). What goes wrong is left for
// HashTree to meet, which makes the tree again.
func (b *Batch) hashFresh(coll string, f Frame, took []crdt.Range, known crdt.Knowledge, docs []joined, refused []Refusal) {
	if len(docs) < freshLeast || len(refused) > 0 || len(took) != 1 {
		return
	}
	if r := took[0]; r.From != f.From || r.To != f.To || r.Vector.Len() > 0 {
		return
	}
	old, err := b.treeMark(coll)
	if err != nil || old.drop {
		return
	}
	fresh, err := b.vacant(coll, f)
	if err != nil || !fresh {
		return
	}
	nodes := treeNodes{b.tx, coll}
	tree := merkle.Tree{
		Collection: coll,
		Nodes:      batchNodes{nodes, b},
		Documents:  &freshDocuments{treeDocuments{r: b.tx, coll: coll, id: b.replicaID}, f, docs, freshBeside},
	}
	m := *old
	if next, err := tree.Build(f.From, f.To, len(docs)+freshLeast); err != nil || next != "" {
		m = treeMark{drop: true} // nodes were written
	} else {
		m.raiseRange(f.From, f.To, known)
	}
	b.setTreeMark(coll, &m)
}

// freshDocuments are those of the tree where a frame has come whose documents
// are not stored yet, and there are no others with its keys.
type freshDocuments struct {
	stored treeDocuments
	f      Frame
	docs   []joined
	left   int // how many stored ones may still be read
}

// Scan implements merkle.Documents.
func (d *freshDocuments) Scan(from, to string) iter.Seq2[merkle.Document, error] {
	return func(yield func(merkle.Document, error) bool) {
		if from < d.f.From {
			if !d.beside(from, firstOf(d.f.From, to), yield) {
				return
			}
		}
		i, _ := slices.BinarySearchFunc(d.docs, from, func(j joined, key string) int { return strings.Compare(j.rec.Key, key) })
		for _, j := range d.docs[i:] {
			if to != "" && j.rec.Key >= to {
				return
			}
			if j.rec.Exists() && !yield(merkle.Document{Key: j.rec.Key, Digest: j.rec.Digest()}, nil) {
				return
			}
		}
		if d.f.To == "" || to != "" && to <= d.f.To {
			return
		}
		d.beside(max(from, d.f.To), to, yield)
	}
}

// beside yields stored documents, and reports whether to go on.
func (d *freshDocuments) beside(from, to string, yield func(merkle.Document, error) bool) bool {
	for doc, err := range d.stored.Scan(from, to) {
		if d.left--; err == nil && d.left < 0 {
			err = errFarLeaf
		}
		if !yield(doc, err) || err != nil {
			return false
		}
	}
	return true
}

// firstOf is the first of two ends of ranges; "" is the end of the key space.
func firstOf(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}
