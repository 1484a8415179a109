package main

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// shelf is the documents of a store on disk, without a node. All shelves have
// the same device and the same first incarnation, so that two of them can know
// the same and hold something else.
type shelf struct {
	*storage.Documents
	store storage.Store
}

// shelfBatch is how many documents a shelf writes in one transaction.
const shelfBatch = 500

// early is the time of all writes to shelves.
const early = crdt.Timestamp(1)

func openShelf(dir string) (*shelf, error) {
	store, err := badger.Open(dir, badger.Options{})
	if err != nil {
		return nil, err
	}
	s := &shelf{store: store}
	return s, s.read()
}

// read opens the documents of the store.
func (s *shelf) read() (err error) {
	s.Documents, err = storage.OpenDocuments(s.store, storage.Options{
		Device: writerKey(0), Rand: bytes.NewReader(make([]byte, 1<<10)),
	})
	return err
}

// Close closes the documents and their store.
func (s *shelf) Close() error {
	if err := s.Documents.Close(); err != nil {
		return err
	}
	return s.store.Close()
}

// writerKey is the device of writer i.
func writerKey(i int) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(fmt.Appendf(make([]byte, 0, ed25519.SeedSize), "bench writer %019d", i))
}

// write writes documents, one after the other, with what content says.
func (s *shelf) write(keys []string, content func(i int) []byte) error {
	for first := 0; first < len(keys); first += shelfBatch {
		err := s.Update(func(b *storage.Batch) error {
			w := b.Begin(collection, early)
			var docs []storage.Written
			for i := first; i < min(first+shelfBatch, len(keys)); i++ {
				rec, err := b.Get(collection, keys[i])
				if err != nil {
					return err
				}
				d, err := crdt.Decode(rec.Body)
				if err != nil {
					return err
				}
				p, err := crdt.ParseJSON(content(i))
				if err != nil {
					return err
				}
				if d, _, err = d.Put(w, p); err != nil {
					return err
				}
				head, _ := w.Last()
				docs = append(docs, storage.Written{Key: keys[i], Document: d, Head: head})
			}
			return b.Write(collection, w, docs)
		})
		if err != nil {
			return err
		}
	}
	return s.Sync()
}

// merge takes in documents as if writers, equal shares each, had written them,
// in frames of at most shelfBatch.
func (s *shelf) merge(keys []string, writers int) error {
	var known crdt.VersionVector
	for i := range writers {
		device := writerKey(1 + i)
		w := crdt.NewWriter(crdt.NewReplicaID(device.Public().(ed25519.PublicKey), [16]byte{}), 1, early)
		for share := range slices.Chunk(keys[len(keys)*i/writers:len(keys)*(i+1)/writers], shelfBatch) {
			f, err := writtenBy(w, share, known)
			if err != nil {
				return err
			}
			last, _ := w.Last()
			f.Vector.Raise(last.Replica, last.Counter)
			f.Heads = []crdt.SignedHead{crdt.SignHead(device, collection, crdt.SignedHead{Counter: last.Counter, Time: early})}
			if err := s.Update(func(b *storage.Batch) error {
				_, err := b.Merge(collection, f)
				return err
			}); err != nil {
				return fmt.Errorf("merge of writer %d: %w", i, err)
			}
			known = f.Vector
		}
	}
	return s.Sync()
}

// writtenBy is a frame of new documents by one writer.
func writtenBy(w *crdt.Writer, keys []string, known crdt.VersionVector) (storage.Frame, error) {
	f := storage.Frame{Base: known, Vector: known}
	for i, k := range keys {
		p, err := crdt.ParseJSON(body(i))
		if err != nil {
			return f, err
		}
		d, _, err := (*crdt.Document)(nil).Put(w, p)
		if err != nil {
			return f, err
		}
		head, _ := w.Last()
		f.Documents = append(f.Documents, storage.FrameDocument{Key: k, Heads: []crdt.Dot{head}, Body: d.Canonical()})
	}
	return f, nil
}

// hash brings the tree up to date.
func (s *shelf) hash() error {
	for done := false; !done; {
		if err := s.Update(func(b *storage.Batch) (err error) {
			done, err = b.HashTree(collection, 1<<10)
			return err
		}); err != nil {
			return err
		}
	}
	return s.Sync()
}
