package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// HashTree brings the tree of a collection closer to its documents by hashing
// about budget leaves, each some 16 documents; done reports that the tree
// shows all of them. It fails with ErrDamaged at a document that cannot be
// read. A damaged node makes the whole tree again.
func (b *Batch) HashTree(coll string, budget int) (done bool, err error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return false, err
	}
	old, err := b.treeMark(coll)
	if err != nil {
		return false, err
	}
	m, known := *old, b.peek(coll).knowledge
	if m.shows(known) {
		return true, nil
	}
	nodes := treeNodes{b.tx, coll}
	tree := merkle.Tree{
		Collection: coll,
		Nodes:      batchNodes{nodes, b},
		Documents:  treeDocuments{r: b.tx, coll: coll, id: b.replicaID},
	}
	switch {
	case m.drop:
		err = b.dropNodes(nodes, &m, known, budget)
	case len(m.rebuild) > 0:
		err = rebuild(tree, &m, budget)
	default:
		err = b.rehash(tree, &m, known, budget)
	}
	if errors.Is(err, errTree) {
		m, err = treeMark{drop: true}, nil
	}
	if err != nil {
		return false, b.note(fmt.Errorf("hash %s: %w", coll, err))
	}
	b.setTreeMark(coll, &m)
	return m.shows(known), nil
}

// RebuildTree makes the tree of a collection again, in the HashTree calls that
// follow. It heals ProblemTree.
func (b *Batch) RebuildTree(coll string) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	b.setTreeMark(coll, &treeMark{drop: true})
	return nil
}

// dropNodes deletes some of the nodes. Of documents with keys of which nothing is known,
// because they were left and are not dropped yet, no head says afterwards that they are to be
// hashed.
func (b *Batch) dropNodes(n treeNodes, m *treeMark, known crdt.Knowledge, budget int) error {
	left := max(budget, 1)
	for item, err := range b.tx.Scan(n.all()) {
		if err != nil {
			return err
		}
		if left--; left < 0 {
			return nil
		}
		if err := b.del(append([]byte(nil), item.Key...)); err != nil {
			return err
		}
	}
	m.drop = false
	for _, r := range known.Ranges() {
		if r.Vector.Len() == 0 {
			m.add(span{r.From, r.To})
		}
	}
	return nil
}

// rebuild hashes the leaves of the first spans, about budget of them; a span counts
// as two at least.
func rebuild(tree merkle.Tree, m *treeMark, budget int) error {
	for left := max(budget, 2); left > 0 && len(m.rebuild) > 0; left -= 2 {
		s, rest := m.rebuild[0], m.rebuild[1:]
		next, err := tree.Build(s.from, s.to, left)
		if err != nil {
			return err
		}
		if next != "" {
			m.rebuild = append([]span{{next, s.to}}, rest...)
			return nil
		}
		m.rebuild = rest
	}
	return nil
}

// rehash hashes leaves of documents with heads above what is hashed, from the
// first key on where anything is. Which they are is kept for the next call, as
// long as nothing in the collection changes in between: to read them from the
// index again each time is quadratic in the number of changes.
func (b *Batch) rehash(tree merkle.Tree, m *treeMark, known crdt.Knowledge, budget int) error {
	s := source{b.tx, tree.Collection, len(b.replicas.ids) + len(b.newReplicas), b.peek(tree.Collection).reach, nil, b.d.sorted, b.replicaID, b.known, nil, 0, 0}
	dirty := b.d.dirty[tree.Collection]
	if b.states[tree.Collection] != nil {
		dirty = nil // of before
	}
	keys, more, dirty, err := s.candidates(m.hashed, firstDifference(m.hashed, known), 16*max(budget, 2), dirty)
	if err != nil {
		return err
	}
	done, err := tree.Rehash(keys, budget)
	if err != nil {
		return err
	}
	b.dirty[tree.Collection] = dirty
	switch {
	case done < len(keys):
		m.raise(keys[done], known)
	case more:
		m.raise(keys[done-1]+"\x00", known)
	default:
		m.hashed = known
		b.dirty[tree.Collection] = nil
	}
	return nil
}

// raise notes that the keys below to are hashed at known.
func (m *treeMark) raise(to string, known crdt.Knowledge) {
	for _, r := range known.Ranges() {
		if r.From >= to {
			return
		}
		if r.To == "" || r.To > to {
			r.To = to
		}
		m.hashed = m.hashed.Raise(r.From, r.To, crdt.VersionVector{}, r.Vector)
	}
}

// raiseRange notes that the keys [from, to) are hashed at known.
func (m *treeMark) raiseRange(from, to string, known crdt.Knowledge) {
	for _, r := range known.Ranges() {
		r = Frame{From: from, To: to}.within(r)
		if r.To == "" || r.From < r.To {
			m.hashed = m.hashed.Raise(r.From, r.To, crdt.VersionVector{}, r.Vector)
		}
	}
}

// firstDifference is the first key at which a and b know different things.
func firstDifference(a, b crdt.Knowledge) (key string) {
	found := false
	crdt.Overlay(a, b, func(from, _ string, x, y crdt.VersionVector) {
		if !found && !x.Equal(y) {
			found, key = true, from
		}
	})
	return key
}
