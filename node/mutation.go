package node

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// mutation is one edit of one document, waiting for its transaction.
type mutation struct {
	key     string
	options PutOptions
	put     crdt.Plain // what the document is to be, or
	edit    edit       // another change of it
	unsure  bool       // fail with errAbsent where there is no record
	written Written    // of the last run
}

// change makes another document of d, which may be absent; it reports whether
// that is any different. seen is asked for what this replica has seen of it.
func (m *mutation) change(r *recent, collection string, d *crdt.Document, w *crdt.Writer, seen func() crdt.VersionVector) (*crdt.Document, bool, error) {
	switch {
	case m.options.Base.Defined():
		if m.put.IsZero() {
			return d, false, ErrBaseUse
		}
		base, err := r.base(collection, m.key, m.options.Base, d, seen())
		if err != nil {
			return d, false, err
		}
		return d.PutFrom(w, base, m.put)
	case !m.put.IsZero():
		return d.Put(w, m.put)
	}
	return m.edit(d, w)
}

// transaction is what one call writes: mutations of documents of one
// collection, and the documents it has read.
type transaction struct {
	collection string
	mutations  []*mutation
	reads      []read
	// each lets the mutations fail one by one: the others are written.
	each   bool
	failed []error // with each: the error of every mutation
}

// read is a document that the outcome of a transaction rests on: its
// canonical bytes, empty when there was none.
type read struct {
	collection, key string
	canonical       []byte
}

// errStale is returned by run when a document that was read is another one by
// now: the caller looks again.
var errStale = fmt.Errorf("a document that was read has changed")

// MaxTransaction is the most documents that one transaction may change.
const MaxTransaction = 4000

// run checks the reads, edits, and writes what has changed. It is a task of
// the writer loop and may be run again.
func (t *transaction) run(b *batch) error {
	for _, r := range t.reads {
		rec, err := b.Get(r.collection, r.key)
		if err != nil {
			return err
		}
		if !bytes.Equal(rec.Body, r.canonical) {
			return errStale
		}
	}
	if len(t.mutations) == 0 {
		return nil
	}
	if err := t.inScope(b.writable); err != nil {
		return err
	}
	w := b.Begin(t.collection, b.clock.next())
	docs := map[string]*edited{}
	t.failed = make([]error, len(t.mutations))
	for i, m := range t.mutations {
		before := *w
		if err := m.apply(b, t.collection, w, docs); err != nil {
			if !t.each {
				return err
			}
			t.failed[i] = err
			*w = before // the dots it took are free again
		}
	}
	return t.write(b, w, docs)
}

// inScope refuses a transaction with a key that this node does not hold any more.
func (t *transaction) inScope(s *scope) error {
	for _, m := range t.mutations {
		if s != nil && !s.has(t.collection, m.key) {
			return s.outOfScope(t.collection + "/" + m.key)
		}
	}
	return nil
}

// edited is a document in the course of a transaction.
type edited struct {
	tree  *crdt.Document
	head  crdt.Dot   // of the last edit; zero while it is as it was
	heads []crdt.Dot // as the record has them, or will
}

// apply runs one mutation on the document as the transaction has it by now.
func (m *mutation) apply(b *batch, collection string, w *crdt.Writer, docs map[string]*edited) error {
	d, ok := docs[m.key]
	if !ok {
		rec, err := b.Get(collection, m.key)
		if err != nil {
			return err
		}
		if m.unsure && len(rec.Heads) == 0 && !rec.Exists() {
			return errAbsent
		}
		if err := b.Listed(collection, rec); err != nil {
			return err
		}
		d = &edited{heads: rec.Heads}
		if d.tree, err = b.recent.decode(collection, m.key, rec.Body); err != nil { // it was checked before it was stored
			return &storage.DamagedError{Collection: collection, Key: m.key, What: err.Error()}
		}
	}
	if err := m.options.check(collection, m.key, d.tree); err != nil {
		return err
	}
	created := d.tree.IsEmpty()
	tree, changed, err := m.change(b.recent, collection, d.tree, w, func() crdt.VersionVector { return b.Seen(collection, m.key) })
	if err != nil {
		return fmt.Errorf("%s/%s: %w", collection, m.key, err)
	}
	if changed {
		d.tree = tree
		d.head, _ = w.Last()
		d.heads = []crdt.Dot{d.head}
	}
	docs[m.key] = d
	b.recent.used(collection, m.key, d.tree)
	m.written = Written{
		Document: writtenDocument(collection, m.key, d.tree).remembered(b.recent),
		Created:  created && !d.tree.IsEmpty(),
		Changed:  changed,

		collection: collection, key: m.key, heads: d.heads,
	}
	return nil
}

// write enters the documents that have changed.
func (t *transaction) write(b *batch, w *crdt.Writer, docs map[string]*edited) error {
	var out []storage.Written
	size := 0
	for key, d := range docs {
		if d.head.Counter == 0 {
			continue
		}
		out = append(out, storage.Written{Key: key, Document: d.tree, Head: d.head})
		size += len(d.tree.Canonical())
	}
	if len(out) == 0 {
		return nil
	}
	if len(out) > MaxTransaction {
		return fmt.Errorf("%w: a transaction of %d documents, at most %d", ErrTooLarge, len(out), MaxTransaction)
	}
	if len(out) > 1 && size > crdt.MaxDocument {
		return fmt.Errorf("%w: a transaction of %d bytes, at most %d", ErrTooLarge, size, crdt.MaxDocument)
	}
	slices.SortFunc(out, func(a, b storage.Written) int { return bytes.Compare([]byte(a.Key), []byte(b.Key)) })
	if err := b.room(t.collection, b.writable); err != nil {
		return err
	}
	b.begin()
	if err := b.Write(t.collection, w, out); err != nil {
		return err
	}
	b.changed(t.collection, len(out))
	return nil
}
