package node

import (
	"fmt"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/archive"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// frames writes the documents of a collection into an archive, a frame at a
// time.
type frames struct {
	*recorder
	view       *storage.View
	collection archive.Collection
	fold       *merkle.Fold // nil where documents are left out
}

// recordBatch is how many candidates are listed at a time.
const recordBatch = 4096

// span writes what is due of a run of keys.
func (f *frames) span(s archive.Span) error {
	next := archive.Frame{Span: s}
	size := 0
	for from, more := s.From, true; more; {
		var keys []string
		var err error
		if keys, more, err = f.view.Candidates(f.collection.Base, from, recordBatch); err != nil {
			return err
		}
		for _, key := range keys {
			if s.To != "" && key >= s.To {
				more = false
				break
			}
			from = key + "\x00"
			d, err := f.document(key)
			if err != nil {
				return err
			}
			if n := len(next.Documents); n == archive.MaxDocuments || n > 0 && size+d.Size() > archive.MaxFrame {
				next.To = key
				if err := f.write(next); err != nil {
					return err
				}
				next.From, next.To, next.Documents, size = key, s.To, nil, 0
			}
			next.Documents = append(next.Documents, d)
			size += d.Size()
		}
	}
	if err := f.view.Confirm(); err != nil { // what is not in it would count as removed
		return err
	}
	return f.write(next)
}

// document reads one document.
func (f *frames) document(key string) (archive.Document, error) {
	if err := f.ctx.Err(); err != nil {
		return archive.Document{}, err
	}
	rec, err := f.view.Record(key)
	if err != nil {
		return archive.Document{}, err
	}
	if f.fold != nil && rec.Exists() && !f.fold.Add(merkle.Document{Key: key, Digest: rec.Digest()}) {
		return archive.Document{}, fmt.Errorf("%s/%s comes out of order", f.collection.Name, key)
	}
	return archive.Document{Key: key, Heads: rec.Heads, Body: rec.Body}, nil
}

func (f *frames) write(next archive.Frame) error {
	if f.node.closed() {
		return ErrClosed
	}
	if err := f.out.Frame(next); err != nil {
		return err
	}
	f.written += uint64(len(next.Documents))
	if f.progress != nil {
		f.progress(f.written)
	}
	return nil
}
