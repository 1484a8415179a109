package storage

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// An entry of the dot index names the document that has a dot as one of its heads. Copies of one
// store may have written several documents under one dot: then the entry names all that
// are here, in order, with betweenKeys between them, which no key has. So whoever lacks the dot is
// sent all of them, and a document that gets another head takes none of the others out of the
// index with it.
const betweenKeys = 0

// maxEntry is how many bytes an entry may have: room for 16 copies at least, and hundreds where keys are short. Who
// writes more documents under one dot makes no entry that each merge would write again: they are
// merged without being named, as those that entries of format 4 had no room for (see shared).
const maxEntry = 16 << 10

// namesIn yields the documents that an entry names, with what it says of them.
func namesIn(entry []byte) iter.Seq[named] {
	return func(yield func(named) bool) {
		for {
			at := bytes.IndexByte(entry, betweenKeys)
			if at < 0 {
				yield(parseNamed(entry))
				return
			}
			if !yield(parseNamed(entry[:at])) {
				return
			}
			entry = entry[at+1:]
		}
	}
}

// namedBy yields the keys of the documents that an entry names.
func namedBy(entry []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range namesIn(entry) {
			if !yield(n.key) {
				return
			}
		}
	}
}

// names reports whether an entry names a document.
func names(entry []byte, key string) bool {
	if string(entry) == key {
		return true
	}
	for other := range namedBy(entry) {
		if other == key {
			return true
		}
	}
	return false
}

// entryOf is the entry that names documents.
func entryOf(all []named) []byte {
	var b []byte
	for i, n := range all {
		if i > 0 {
			b = append(b, betweenKeys)
		}
		b = append(b, n.String()...)
	}
	return b
}

// dotNumber is a dot as the index has it.
type dotNumber struct {
	n       replicaNumber
	counter uint64
}

// indexHead adds a document to the entry of one of its heads, of which it has so many. What was never heard of has none, so
// that is not looked for: what is written here goes with one document, what is merged may come with two.
func (b *Batch) indexHead(coll, key string, head crdt.Dot, heads int) error {
	n, err := b.number(head.Replica)
	if err != nil {
		return err
	}
	at, as := indexKey(coll, n, head.Counter), named{key, crowdOf(heads)}
	if own := head.Replica == b.own.current; own && head.Counter > b.counter(coll) {
		return b.set(at, []byte(as.String()))
	} else if own || b.look(coll).reach.vector.Has(head) {
		return b.enter(at, as)
	}
	if b.entered[coll] == nil {
		b.entered[coll] = map[dotNumber]struct{}{}
	}
	dot := dotNumber{n, head.Counter}
	if _, twice := b.entered[coll][dot]; twice {
		return b.enter(at, as)
	}
	b.entered[coll][dot] = struct{}{}
	return b.set(at, []byte(as.String()))
}

// enter adds a document to an entry, which may be there.
func (b *Batch) enter(at []byte, as named) error {
	entry, err := b.tx.Get(at)
	switch {
	case errors.Is(err, ErrNotFound):
		return b.set(at, []byte(as.String()))
	case err != nil:
		return b.note(err)
	case names(entry, as.key):
		return b.rename(at, entry, as)
	case len(entry)+1+len(as.String()) > maxEntry:
		return nil
	}
	all := append(slices.Collect(namesIn(entry)), as)
	slices.SortFunc(all, func(a, b named) int { return strings.Compare(a.key, b.key) })
	b.joined[string(at)] = struct{}{}         // who has seen another there alone must look again (see held.alone)
	return b.note(b.tx.Set(at, entryOf(all))) // the index has the dot as before
}

// leave takes a document out of an entry. One that is not there was lost, and is not missed from then on;
// one that names others alone stays as it is.
func (b *Batch) leave(at []byte, key string) error {
	entry, err := b.tx.Get(at)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && solely(entry, key):
		return b.del(at)
	case err != nil:
		return b.note(err)
	case !names(entry, key):
		return nil
	}
	all := slices.DeleteFunc(slices.Collect(namesIn(entry)), func(other named) bool { return other.key == key })
	return b.note(b.tx.Set(at, entryOf(all)))
}
