package storage

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Forgotten is, for every key range, a vector F that the knowledge of the
// range covers. A change of a document that this replica has seen, and that is
// not in the past of one of the document's heads, is counted by F: it belongs
// to a document whose record was dropped after its removal. So of a key without
// a record F counts all that was ever seen. What F counts is closed: with a
// change it counts everything of the document that its writer had seen.
//
// A peer whose vector does not cover F may hold what was removed by a change
// that nobody can name any more; it learns of that by a comparison of keys (see
// package antientropy).
func (v *View) Forgotten() (crdt.Knowledge, error) {
	f, err := v.d.vectors.load(v.snap, v.coll)
	if errors.Is(err, ErrDamaged) { // to claim too much costs comparisons, too little would bring back what was removed
		return v.state.knowledge, nil
	}
	return f, err
}

// forgottenOf is what is forgotten of coll as b has changed it.
func (b *Batch) forgottenOf(coll string) (crdt.Knowledge, error) {
	if f, ok := b.forgotten[coll]; ok {
		return f, nil
	}
	f, err := b.d.vectors.load(b.tx, coll)
	if errors.Is(err, ErrDamaged) {
		return b.peek(coll).knowledge, nil
	}
	return f, err
}

// setForgotten stores what is forgotten of coll, at the end of the Update.
func (b *Batch) setForgotten(coll string, f crdt.Knowledge) {
	if b.forgotten == nil {
		b.forgotten = map[string]crdt.Knowledge{}
	}
	b.forgotten[coll] = f
}

// The record of a collection names the vector of each range; vectors are kept
// beside it, under the first 16 bytes of their SHA-256, so that it stays short
// when there are thousands of replicas.
type vectorName [16]byte

const (
	forgottenVector  = 'v'
	forgottenHorizon = 'm'
)

func forgottenKey(coll string) []byte { return append([]byte{spaceForgotten}, coll...) }

func forgottenVectorKey(coll string, n vectorName) []byte {
	return append(append(inCollection(spaceForgotten, coll, 17), forgottenVector), n[:]...)
}

// forgottenVectors scans the keys of all vectors.
func forgottenVectors(coll string) ScanOptions {
	from := append(inCollection(spaceForgotten, coll, 1), forgottenVector)
	return ScanOptions{Start: from, End: append(inCollection(spaceForgotten, coll, 1), forgottenVector+1), KeysOnly: true}
}

func nameOf(v crdt.VersionVector) (n vectorName) {
	if !v.Equal(crdt.VersionVector{}) {
		h := v.Hash()
		copy(n[:], h[:])
	}
	return n
}

// namedRange is a range of keys, up to the next one, and the name of its
// vector; that of the empty vector is zero.
type namedRange struct {
	from string
	name vectorName
}

// parseForgotten reads the record: number of ranges (uvarint), each as first
// key behind its length, and name.
func parseForgotten(coll string, b []byte) ([]namedRange, error) {
	damaged := &DamagedError{Collection: coll, What: "what is forgotten"}
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(len(b)) {
		return nil, damaged
	}
	b = b[w:]
	var all []namedRange
	for i := range n {
		size, w := binary.Uvarint(b)
		if w <= 0 || size > uint64(len(b)-w) || uint64(len(b)-w)-size < uint64(len(vectorName{})) {
			return nil, damaged
		}
		r := namedRange{from: string(b[w : w+int(size)])}
		b = b[w+int(size):]
		b = b[copy(r.name[:], b):]
		if i == 0 && r.from != "" || i > 0 && r.from <= all[i-1].from {
			return nil, damaged
		}
		all = append(all, r)
	}
	if len(b) > 0 {
		return nil, damaged
	}
	return all, nil
}

// loadForgotten reads the names of the ranges; none where nothing is forgotten.
func loadForgotten(r Reader, coll string) ([]namedRange, error) {
	b, err := getSealed(r, forgottenKey(coll), coll, "what is forgotten")
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseForgotten(coll, b)
}

// finishForgotten writes what b has set: new vectors, the record that names
// them, and the end of those that it names no more.
func (b *Batch) finishForgotten() error {
	for coll, f := range b.forgotten {
		b.d.vectors.expect(coll)
		was, err := loadForgotten(b.tx, coll)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return fmt.Errorf("what is forgotten of %s: %w", coll, err)
		}
		there := map[vectorName]bool{{}: true}
		for _, r := range was {
			there[r.name] = true
		}
		used := map[vectorName]bool{}
		ranges := f.Ranges()
		value := binary.AppendUvarint(unsealed(8+32*len(ranges)), uint64(len(ranges)))
		for _, r := range ranges {
			name := nameOf(r.Vector)
			if used[name] = true; !there[name] {
				there[name] = true
				key := forgottenVectorKey(coll, name)
				if err := b.set(key, seal(key, r.Vector.AppendBinary(unsealed(64)))); err != nil {
					return err
				}
			}
			value = binary.AppendUvarint(value, uint64(len(r.From)))
			value = append(append(value, r.From...), name[:]...)
		}
		for _, r := range was {
			if !used[r.name] && r.name != (vectorName{}) {
				used[r.name] = true
				if err := b.del(forgottenVectorKey(coll, r.name)); err != nil {
					return err
				}
			}
		}
		key := forgottenKey(coll)
		if err := b.set(key, seal(key, value)); err != nil {
			return err
		}
	}
	return nil
}
