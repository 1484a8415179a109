package storage

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// treeMark says how far the tree of a collection shows its documents. The tree
// follows lazily: what is stale are the documents with heads above hashed,
// and the keys in rebuild.
type treeMark struct {
	hashed  crdt.Knowledge
	rebuild []span // keys whose leaves must be hashed although no head says so
	drop    bool   // the nodes are to be dropped first; hashed is empty then
}

// span is the keys [from, to); to "" is the end of the key space.
type span struct{ from, to string }

// overlaps reports whether s and [from, to) have keys in common.
func (s span) overlaps(from, to string) bool {
	return (s.to == "" || from < s.to) && (to == "" || s.from < to)
}

// maxSpans, and maxSpanBytes of keys, bound the record. Where there are more,
// neighbours become one span, with the keys between them, until half are left.
const (
	maxSpans     = 1024
	maxSpanBytes = 32 << 10
)

// add notes that the keys of s must be hashed again.
func (m *treeMark) add(s span) {
	m.rebuild = append(m.rebuild, s)
	for len(m.rebuild) > maxSpans || len(m.rebuild) > 1 && spanBytes(m.rebuild) > maxSpanBytes {
		m.rebuild = united(m.rebuild)
	}
}

func spanBytes(spans []span) (n int) {
	for _, s := range spans {
		n += len(s.from) + len(s.to)
	}
	return n
}

// united makes one span of every two neighbours, and of those that overlap.
func united(spans []span) (out []span) {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b span) int { return strings.Compare(a.from, b.from) })
	for i, s := range spans {
		if last := len(out) - 1; i%2 == 1 || last >= 0 && (out[last].to == "" || s.from <= out[last].to) {
			if to := out[last].to; to != "" && (s.to == "" || s.to > to) {
				out[last].to = s.to
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// cover is add unless the keys of s will be hashed again anyway.
func (m *treeMark) cover(s span) {
	for _, r := range m.rebuild {
		if r.from <= s.from && (r.to == "" || s.to != "" && s.to <= r.to) {
			return
		}
	}
	m.add(s)
}

// shows reports whether the tree shows exactly what is known.
func (m *treeMark) shows(k crdt.Knowledge) bool {
	return !m.drop && len(m.rebuild) == 0 && m.hashed.Equal(k)
}

// showsRange reports whether the tree shows, of the keys [from, to), exactly
// what is known.
func (m *treeMark) showsRange(k crdt.Knowledge, from, to string) bool {
	if m.drop {
		return false
	}
	for _, s := range m.rebuild {
		if s.overlaps(from, to) {
			return false
		}
	}
	same := true
	crdt.Overlay(m.hashed, k, func(low, high string, a, b crdt.VersionVector) {
		if (span{low, high}).overlaps(from, to) {
			same = same && a.Equal(b)
		}
	})
	return same
}

// Flags of a stored mark.
const (
	markDrop       = 1
	markDifference = 2 // what is hashed is a difference from the base of the state; else it is whole, as formats 1 and 2 have it
)

// appendBinary appends flags (1 byte), the number of spans, each with its two
// keys behind their lengths, the number of the base, and what is hashed as its
// difference from that.
func (m *treeMark) appendBinary(b []byte, from base, name namer) []byte {
	flags := byte(markDifference)
	if m.drop {
		flags |= markDrop
	}
	b = binary.AppendUvarint(append(b, flags), uint64(len(m.rebuild)))
	for _, s := range m.rebuild {
		for _, key := range []string{s.from, s.to} {
			b = binary.AppendUvarint(b, uint64(len(key)))
			b = append(b, key...)
		}
	}
	return m.hashed.AppendDifference(binary.AppendUvarint(b, from.number), from.knowledge, name)
}

// loadTreeMark reads the mark of a collection, whose state has the base from.
// Without one, or if it is damaged, nothing is hashed: a tree can always be made
// again.
func loadTreeMark(r Reader, coll string, from base, id unnamer) (*treeMark, error) {
	b, err := getSealed(r, treeMarkKey(coll), coll, "the tree mark")
	switch {
	case errors.Is(err, ErrNotFound):
		return &treeMark{}, nil
	case errors.Is(err, ErrDamaged):
		return &treeMark{drop: true}, nil
	case err != nil:
		return nil, err
	}
	if m, ok := parseTreeMark(b, from, id); ok {
		return m, nil
	}
	return &treeMark{drop: true}, nil
}

func parseTreeMark(b []byte, from base, id unnamer) (*treeMark, bool) {
	if len(b) < 2 || b[0] > markDrop|markDifference {
		return nil, false
	}
	flags := b[0]
	m := &treeMark{drop: flags&markDrop != 0}
	n, w := binary.Uvarint(b[1:])
	if w <= 0 || n > maxSpans {
		return nil, false
	}
	b = b[1+w:]
	for range n {
		var keys [2]string
		for i := range keys {
			size, w := binary.Uvarint(b)
			if w <= 0 || size > uint64(len(b)-w) {
				return nil, false
			}
			keys[i] = string(b[w : w+int(size)])
			b = b[w+int(size):]
		}
		m.rebuild = append(m.rebuild, span{keys[0], keys[1]})
	}
	var err error
	if flags&markDifference == 0 {
		m.hashed, err = crdt.ParseKnowledge(b)
		return m, err == nil
	}
	number, w := binary.Uvarint(b)
	if w <= 0 || number != from.number {
		return nil, false
	}
	m.hashed, b, err = crdt.CutDifference(b[w:], from.knowledge, math.MaxInt, math.MaxInt, id.cut)
	return m, err == nil && len(b) == 0
}

// treeMark is the collection's mark as the View shows it.
func (v *View) treeMark() (*treeMark, error) {
	return loadTreeMark(v.snap, v.coll, v.state.base, v.replicaID)
}

// treeMark is the collection's mark as b has changed it.
func (b *Batch) treeMark(coll string) (*treeMark, error) {
	if m := b.marks[coll]; m != nil {
		return m, nil
	}
	return loadTreeMark(b.tx, coll, b.look(coll).base, b.replicaID)
}

// setTreeMark stores a mark at the end of the Update.
func (b *Batch) setTreeMark(coll string, m *treeMark) { b.marks[coll] = m }

// stale notes a document that changed, or lost a head that said it had, without
// a head which says so: none of its heads is above own, the vector under which it
// was merged, and so perhaps none above what is hashed. Only forged dots and what
// others have forgotten do that.
func (b *Batch) stale(coll string, rec Record, own crdt.VersionVector) error {
	for _, h := range rec.Heads {
		if !own.Has(h) {
			return nil
		}
	}
	m, err := b.treeMark(coll)
	if err != nil {
		return b.note(err)
	}
	m.add(span{rec.Key, rec.Key + "\x00"})
	b.setTreeMark(coll, m)
	return nil
}
