package storage

import (
	"errors"
	"fmt"
	"iter"

	"github.com/crdtstore/crdtstore/storage/merkle"
)

// ListIntact is List of what the tree bears out (Law I): a document is yielded when all
// of the leaf of the tree that it is in was read, and is what was hashed. A
// *DamagedError says that a document there was lost, or is not what it was, though
// its record can be read. Of leaves in which something has changed since they were
// hashed nothing is said, nor where the tree cannot be read: it is made again with the
// next hashing. What is yielded may be kept; an error is the last.
func (v *View) ListIntact(prefix, after string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		l := leafwise{View: v, from: prefix, to: prefixEnd(prefix), yield: yield}
		if after >= prefix && after != "" {
			l.from = after + "\x00"
		}
		if l.to != "" && l.from >= l.to {
			return
		}
		if err := l.list(); err != nil && !errors.Is(err, errEnough) {
			yield(Record{}, err)
		}
	}
}

// leafwise reads records in one scan, and the leaves of the tree beside it.
type leafwise struct {
	*View
	from, to string // keys that are wanted; to "" is the end of the key space
	yield    func(Record, error) bool

	mark *treeMark
	more func() (treeLeaf, error, bool)
	leaf treeLeaf // where the scan is

	current   bool     // all records of the leaf are those that were hashed, so far
	records   []Record // of its documents, as long as they are
	documents []merkle.Document
}

// list reads all records of the leaves that hold wanted keys.
func (l *leafwise) list() (err error) {
	if l.mark, err = l.treeMark(); err != nil {
		return err
	}
	more, stop := iter.Pull2(treeNodes{l.snap, l.coll}.leavesFrom(l.from))
	defer stop()
	l.more = more
	if err := l.step(); err != nil {
		return err
	}
	for item, err := range l.snap.Scan(documentRange(l.coll, l.leaf.Boundary, "")) {
		if err != nil {
			return err
		}
		key := documentKeyOf(l.coll, item.Key)
		if more, err := l.reach(key); !more || err != nil {
			return err
		}
		if err := l.take(key, item); err != nil {
			return err
		}
	}
	_, err = l.reach("")
	return err
}

// step goes on to the next leaf.
func (l *leafwise) step() error {
	leaf, err, _ := l.more()
	if err != nil {
		return err
	}
	l.leaf, l.records = leaf, l.records[:0]
	l.current = leaf.known && l.mark.kept(leaf.Boundary, leaf.end)
	return nil
}

// reach shows the leaves that end before a key, which is the next that has a record; ""
// is the end of the key space. It reports whether there is more to read.
func (l *leafwise) reach(key string) (more bool, err error) {
	for !l.leaf.holds(key) || key == "" {
		if err := l.show(); err != nil {
			return false, err
		}
		if l.leaf.end == "" || l.to != "" && l.leaf.end >= l.to {
			return false, nil
		}
		if err := l.step(); err != nil {
			return false, err
		}
	}
	return l.current || l.to == "" || key < l.to, nil
}

// take takes the next record, which is in the leaf.
func (l *leafwise) take(key string, item Item) error {
	value := append([]byte(nil), item.Value...)
	rec, err := recordOf(l.coll, key, item.Key, value, l.replicaID)
	switch {
	case errors.Is(err, ErrDamaged) && !l.wants(key):
		return l.doubt()
	case err != nil:
		return err
	case l.current && !l.mark.covers(rec):
		if err := l.doubt(); err != nil {
			return err
		}
	}
	if !rec.Exists() {
		return nil
	}
	if !l.current {
		return l.give(rec)
	}
	if l.records = append(l.records, rec); len(l.records) > merkle.MaxRun {
		return l.show() // more than any leaf has
	}
	return nil
}

// show gives what was read of the leaf, if that is what was hashed.
func (l *leafwise) show() error {
	if l.current {
		l.documents = l.documents[:0]
		for _, r := range l.records {
			l.documents = append(l.documents, merkle.Document{Key: r.Key, Digest: r.Digest()})
		}
		if is := merkle.LeafOf(l.documents); is != l.leaf.Node {
			return &DamagedError{Collection: l.coll, What: fmt.Sprintf("from key %q on, of %d documents with hash %x in the tree there are %d with %x",
				l.leaf.Boundary, l.leaf.Count, l.leaf.Hash[:4], is.Count, is.Hash[:4])}
		}
	}
	return l.doubt()
}

// doubt gives what was read of a leaf of which nothing can be said.
func (l *leafwise) doubt() error {
	l.current = false
	for _, r := range l.records {
		if err := l.give(r); err != nil {
			return err
		}
	}
	l.records = l.records[:0]
	return nil
}

// give yields a document if it is wanted.
func (l *leafwise) give(rec Record) error {
	if !l.wants(rec.Key) {
		return nil
	}
	rec, err := l.d.complete(l.snap, l.coll, rec)
	if err == nil && !l.yield(rec, nil) {
		err = errEnough
	}
	return err
}

func (l *leafwise) wants(key string) bool { return key >= l.from && (l.to == "" || key < l.to) }

// prefixEnd is the first key behind all that begin with prefix; "" is the end of the key
// space.
func prefixEnd(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] > 0 {
			return string(b[:i+1])
		}
	}
	return ""
}
