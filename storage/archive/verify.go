package archive

import (
	"errors"
	"fmt"
	"io"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// Summary is what a verified archive holds.
type Summary struct {
	Header   Header
	Identity bool // it holds an Identity
	// Known is what who has taken it in knows of each collection, at least.
	Known Known
	// Bases are what who takes it in must know before; collections with an empty
	// one are not listed.
	Bases       Known
	Collections []CollectionSummary
	Trailer     Trailer
	Sealed      Sum // what the seal is over
	Bytes       int64
}

// CollectionSummary is what an archive holds of a collection.
type CollectionSummary struct {
	Name string
	End
	// Whole: all documents are there, and have the Root.
	Whole bool
}

// Progress is called from time to time with how many documents, and bytes, were
// dealt with so far.
type Progress func(documents uint64, bytes int64)

// Verify reads an archive to its end and checks all of it: the chain of sums, the
// order, that every run of keys is there, that all counters are signed for by the
// devices they belong to, that every document decodes and is what its sender
// can have seen, and, of collections that are whole, the root of the hash tree.
// It fails with ErrArchive or ErrNewer, or as r does. It holds one frame at a
// time. progress may be nil.
func Verify(r io.Reader, progress Progress) (Summary, error) {
	in, err := NewReader(r)
	if err != nil {
		return Summary{}, err
	}
	return in.Verify(progress)
}

// Verify is Verify for what follows the header.
func (r *Reader) Verify(progress Progress) (Summary, error) {
	v := verifier{Summary: Summary{Header: r.header, Bases: Known{}}, progress: progress}
	for {
		next, err := r.Next()
		if errors.Is(err, io.EOF) {
			v.Known, v.Sealed, v.Bytes = r.course.known, r.sealed, r.chunks.read
			return v.Summary, nil
		}
		if err != nil {
			return Summary{}, err
		}
		if err := v.take(next, r.chunks.read); err != nil {
			return Summary{}, r.chunks.wrong(err)
		}
	}
}

// verifier is one call of Verify.
type verifier struct {
	Summary
	current  Collection
	fold     *merkle.Fold
	seen     uint64
	progress Progress
}

func (v *verifier) take(next any, read int64) error {
	switch next := next.(type) {
	case *Identity:
		if v.Identity {
			return errOrder
		}
		v.Identity = true
	case *Collection:
		v.current, v.fold = *next, nil
		if next.Whole() {
			v.fold = merkle.NewFold(next.Name)
		} else {
			v.Bases[next.Name] = next.Base
		}
	case []crdt.SignedHead:
		return signedBy(v.current.Name, next)
	case *Frame:
		return v.frame(next, read)
	case *End:
		return v.end(*next)
	case *Trailer:
		v.Trailer = *next
	}
	return nil
}

func (v *verifier) frame(f *Frame, read int64) error {
	for _, d := range f.Documents {
		if err := checkDocument(d, f.Vector); err != nil {
			return fmt.Errorf("%s/%s: %w", v.current.Name, d.Key, err)
		}
		if v.fold != nil && len(d.Body) > 0 && !v.fold.Add(merkle.Document{Key: d.Key, Digest: crdt.Digest(d.Body)}) {
			return fmt.Errorf("%s/%s comes twice", v.current.Name, d.Key)
		}
	}
	v.seen += uint64(len(f.Documents))
	if v.progress != nil {
		v.progress(v.seen, read)
	}
	return nil
}

// checkDocument decodes a document, and checks that who knows vector can have
// it.
func checkDocument(d Document, vector crdt.VersionVector) error {
	doc, err := crdt.Decode(d.Body)
	if err != nil {
		return err
	}
	return doc.Check(vector)
}

// end compares the root of the documents with the one that the writer had.
func (v *verifier) end(e End) error {
	if v.fold != nil {
		root, n := v.fold.Root()
		if root != e.Root || n != e.Existing {
			return fmt.Errorf("%s: the root of its %d documents is not the one that was noted of %d", v.current.Name, n, e.Existing)
		}
	}
	v.Collections = append(v.Collections, CollectionSummary{Name: v.current.Name, End: e, Whole: v.fold != nil})
	return nil
}
