package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// errTree is the damage of a tree node; the tree is then made again.
var errTree = errors.New("tree node damaged")

// treeNodes reads the records of one collection's tree: level (1 byte) and
// boundary → count (uvarint) and hash, sealed.
type treeNodes struct {
	r    Reader
	coll string
}

func treeKey(coll string, level int, boundary string) []byte {
	k := append(inCollection(spaceTree, coll, 1+len(boundary)), byte(level))
	return append(k, boundary...)
}

// Scan implements merkle.Nodes.
func (n treeNodes) Scan(level int, from, to string, reverse bool) iter.Seq2[merkle.Child, error] {
	o := ScanOptions{Start: treeKey(n.coll, level, from), End: treeKey(n.coll, level, to), Reverse: reverse}
	if to == "" {
		o.End = treeKey(n.coll, level+1, "")
	}
	return func(yield func(merkle.Child, error) bool) {
		for item, err := range n.r.Scan(o) {
			var c merkle.Child
			if err == nil {
				c, err = n.child(item)
			}
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func (n treeNodes) child(item Item) (c merkle.Child, err error) {
	c.Boundary = string(item.Key[len(treeKey(n.coll, 0, "")):])
	b, ok := unseal(item.Key, item.Value)
	count, w := binary.Uvarint(b)
	if !ok || w <= 0 || len(b)-w != len(c.Hash) {
		return c, fmt.Errorf("%w: %s at %q", errTree, n.coll, c.Boundary)
	}
	c.Count = count
	copy(c.Hash[:], b[w:])
	return c, nil
}

// Top implements merkle.Nodes.
func (n treeNodes) Top() (level int, ok bool, err error) {
	o := n.all()
	o.Reverse = true
	for item, err := range n.r.Scan(o) {
		if err != nil {
			return 0, false, err
		}
		return int(item.Key[len(treeKey(n.coll, 0, ""))-1]), true, nil
	}
	return 0, false, nil
}

// all scans the keys of all nodes.
func (n treeNodes) all() ScanOptions {
	return ScanOptions{Start: inCollection(spaceTree, n.coll, 0), End: afterCollection(spaceTree, n.coll), KeysOnly: true}
}

// batchNodes also writes them.
type batchNodes struct {
	treeNodes
	b *Batch
}

// Set implements merkle.NodeStore.
func (n batchNodes) Set(level int, c merkle.Child) error {
	key := treeKey(n.coll, level, c.Boundary)
	value := binary.AppendUvarint(unsealed(2+len(c.Hash)), c.Count)
	return n.b.set(key, seal(key, append(value, c.Hash[:]...)))
}

// Delete implements merkle.NodeStore.
func (n batchNodes) Delete(level int, boundary string) error {
	return n.b.del(treeKey(n.coll, level, boundary))
}

// treeDocuments reads the documents that the tree sums up: those that exist.
type treeDocuments struct {
	r    Reader
	coll string
	id   func(replicaNumber) (crdt.ReplicaID, error)
}

// Scan implements merkle.Documents.
func (d treeDocuments) Scan(from, to string) iter.Seq2[merkle.Document, error] {
	return func(yield func(merkle.Document, error) bool) {
		for item, err := range d.r.Scan(documentRange(d.coll, from, to)) {
			if err != nil {
				yield(merkle.Document{}, err)
				return
			}
			key := documentKeyOf(d.coll, item.Key)
			rec, err := recordOf(d.coll, key, item.Key, item.Value, d.id)
			if err == nil && !rec.Exists() {
				continue
			}
			if !yield(merkle.Document{Key: key, Digest: rec.Digest()}, err) || err != nil {
				return
			}
		}
	}
}
