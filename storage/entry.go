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

// namedBy yields the documents that an entry names.
func namedBy(entry []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			at := bytes.IndexByte(entry, betweenKeys)
			if at < 0 {
				yield(string(entry))
				return
			}
			if !yield(string(entry[:at])) {
				return
			}
			entry = entry[at+1:]
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
func entryOf(keys []string) []byte { return []byte(strings.Join(keys, string(rune(betweenKeys)))) }

// dotNumber is a dot as the index has it.
type dotNumber struct {
	n       replicaNumber
	counter uint64
}

// indexHead adds a document to the entry of one of its heads. What was never heard of has none, so
// that is not looked for: what is written here goes with one document, what is merged may come with two.
func (b *Batch) indexHead(coll, key string, head crdt.Dot) error {
	n, err := b.number(head.Replica)
	if err != nil {
		return err
	}
	at := indexKey(coll, n, head.Counter)
	if own := head.Replica == b.own.current; own && head.Counter > b.counter(coll) {
		return b.set(at, []byte(key))
	} else if own || b.look(coll).reach.vector.Has(head) {
		return b.enter(at, key)
	}
	if b.entered[coll] == nil {
		b.entered[coll] = map[dotNumber]struct{}{}
	}
	dot := dotNumber{n, head.Counter}
	if _, twice := b.entered[coll][dot]; twice {
		return b.enter(at, key)
	}
	b.entered[coll][dot] = struct{}{}
	return b.set(at, []byte(key))
}

// enter adds a document to an entry, which may be there.
func (b *Batch) enter(at []byte, key string) error {
	entry, err := b.tx.Get(at)
	switch {
	case errors.Is(err, ErrNotFound):
		return b.set(at, []byte(key))
	case err != nil:
		return b.note(err)
	case len(entry)+1+len(key) > maxEntry || names(entry, key):
		return nil
	}
	keys := append(slices.Collect(namedBy(entry)), key)
	slices.Sort(keys)
	for other, h := range b.held { // one of them is not alone any more
		h.alone = false
		b.held[other] = h
	}
	return b.note(b.tx.Set(at, entryOf(keys))) // the index has the dot as before
}

// leave takes a document out of an entry. One that is not there was lost, and is not missed from then on;
// one that names others alone stays as it is.
func (b *Batch) leave(at []byte, key string) error {
	entry, err := b.tx.Get(at)
	switch {
	case errors.Is(err, ErrNotFound) || err == nil && string(entry) == key:
		return b.del(at)
	case err != nil:
		return b.note(err)
	case !names(entry, key):
		return nil
	}
	keys := slices.DeleteFunc(slices.Collect(namedBy(entry)), func(other string) bool { return other == key })
	return b.note(b.tx.Set(at, entryOf(keys)))
}
