package node

import (
	"bytes"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	// minDecoded is the size in bytes from which on a document is kept decoded:
	// a smaller one is decoded as fast as it is found.
	minDecoded = 4 << 10
	// maxDecoded and maxDecodedBytes bound what is kept decoded, in canonical
	// bytes; in memory that is about ten times as much. The largest document
	// fits.
	maxDecoded      = 64
	maxDecodedBytes = crdt.MaxMerged
)

// recent is what a node remembers of the documents that were used last. All
// of it can be forgotten at any time.
type recent struct {
	bases bases
	trees *lru[place, *crdt.Document]
}

// place is where a document is.
type place struct{ collection, key string }

func newRecent() *recent {
	weigh := func(d *crdt.Document) int { return len(d.Canonical()) }
	return &recent{newBases(), newLRU[place](maxDecoded, maxDecodedBytes, weigh)}
}

// decode is crdt.Decode, at hand for a large document that was just used: so
// a keystroke costs what the edit costs, and not what the document is long. It
// goes by the bytes, and cannot find another document than these. No bytes
// are the absent document, nil.
func (r *recent) decode(collection, key string, body []byte) (*crdt.Document, error) {
	if len(body) == 0 {
		return nil, nil
	}
	at := place{collection, key}
	if len(body) >= minDecoded {
		if d, ok := r.trees.get(at); ok && bytes.Equal(d.Canonical(), body) {
			return d, nil
		}
	}
	return crdt.Decode(body)
}

// used keeps d decoded, as the latest of its place, if it is large.
func (r *recent) used(collection, key string, d *crdt.Document) {
	if len(d.Canonical()) >= minDecoded {
		r.trees.put(place{collection, key}, d)
	}
}
