package storage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// A document that was changed by several who did not know of each other has several heads, and an
// earlier record of it may have some of them and no other: each of its heads is in the
// index still, and nothing there says that others are missing. So where a document has more
// than one head the entry of each says behind the key how many: crowdMark, which no key has, and that number.
const (
	crowdMark = 0xff
	// mostCrowd stands for as many heads and more: a document that hundreds change at once must not have all entries of it written again by
	// each merge.
	mostCrowd = 16
)

// crowdOf is what entries say of a document with so many heads; 0, of one with a single head, is nothing.
func crowdOf(heads int) int {
	if heads < 2 {
		return 0
	}
	return min(heads, mostCrowd)
}

// named is a document as an entry of the dot index names it.
type named struct {
	key   string
	crowd int // how many heads it has; 0: one, or it was written before format 6
}

// String is the name as it is in an entry.
func (n named) String() string {
	if n.crowd == 0 {
		return n.key
	}
	return n.key + string([]byte{crowdMark, byte(n.crowd)})
}

// parseNamed reads a name.
func parseNamed(b []byte) named {
	if key := keyIn(b); len(key) < len(b) {
		return named{string(key), int(b[len(key)+1])}
	}
	return named{key: string(b)}
}

// keyIn is the key in a name.
func keyIn(name []byte) []byte {
	if at := bytes.IndexByte(name, crowdMark); at >= 0 && at+1 < len(name) {
		return name[:at]
	}
	return name
}

// solely reports whether an entry names a document and no other.
func solely(entry []byte, key string) bool {
	rest, ok := bytes.CutPrefix(entry, []byte(key))
	return ok && (len(rest) == 0 || len(rest) == 2 && rest[0] == crowdMark)
}

// crowdIn is what an entry says of a document that it names.
func crowdIn(entry []byte, key string) int {
	for n := range namesIn(entry) {
		if n.key == key {
			return n.crowd
		}
	}
	return 0
}

// fits reports whether a record with so many heads may be the one of which an entry says crowd.
func fits(crowd, heads int) bool { return crowd == 0 || crowd == crowdOf(heads) }

// lacksHeads is the error where an entry says more of a record than is there.
func lacksHeads(coll string, rec Record, crowd int) error {
	return &DamagedError{Collection: coll, Key: rec.Key, What: fmt.Sprintf("the index knows of %d concurrent changes, and the record has %d", crowd, len(rec.Heads))}
}

// recrowd makes the entry of a head that a document keeps say how many it has now. An
// entry that was lost, or does not name it, stays as it is.
func (b *Batch) recrowd(coll, key string, head crdt.Dot, heads int) error {
	n, err := b.number(head.Replica)
	if err != nil {
		return err
	}
	at := indexKey(coll, n, head.Counter)
	entry, err := b.tx.Get(at)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return b.note(err)
	}
	return b.rename(at, entry, named{key, crowdOf(heads)})
}

// rename makes an entry that names a document say something else of it.
func (b *Batch) rename(at, entry []byte, as named) error {
	all := slices.Collect(namesIn(entry))
	i := slices.IndexFunc(all, func(n named) bool { return n.key == as.key })
	if i < 0 || all[i] == as {
		return nil
	}
	all[i] = as
	return b.note(b.tx.Set(at, entryOf(all))) // the index has the dot as before
}

// standing fails with *DamagedError if a head of a record was replaced, as far as is known which
// were: it has as many heads as it should, and some of them are earlier ones.
func (v *View) standing(rec Record) error {
	s := v.source()
	if s.roll == nil {
		return nil
	}
	for _, h := range rec.Heads {
		n, ok := s.number(h.Replica)
		if has, sure := s.roll.has(n, h.Counter); !ok || sure && !has {
			return &DamagedError{Collection: v.coll, Key: rec.Key, What: fmt.Sprintf("its head %s was replaced", h)}
		}
	}
	return nil
}

// crowded finds what is wrong with a document of which the entry of a head says another number of heads:
// the record is an earlier one if the index has an entry of it that is no head, else it is the number. It reads the
// whole index.
func (c *checker) crowded(rec Record, head crdt.Dot, crowd int) error {
	index := ScanOptions{Start: inCollection(spaceIndex, c.coll, 0), End: afterCollection(spaceIndex, c.coll)}
	for item, err := range c.snap.Scan(index) {
		if err != nil {
			return err
		}
		if !names(item.Value, rec.Key) {
			continue
		}
		n, counter, err := parseIndexKey(c.coll, item.Key)
		if err != nil {
			return err
		}
		id, err := c.replicaID(n)
		if err != nil {
			return err
		}
		if dot := (crdt.Dot{Replica: id, Counter: counter}); !slices.Contains(rec.Heads, dot) {
			return c.find(rec.Key, ProblemStale, fmt.Sprintf("heads %v, the index names %s", rec.Heads, dot))
		}
	}
	return c.find(rec.Key, ProblemIndex, fmt.Sprintf("%d heads, the entry of %s says %d", len(rec.Heads), head, crowd))
}
