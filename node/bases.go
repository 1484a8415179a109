package node

import (
	"fmt"

	cid "github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

const (
	// maxBases and maxBaseBytes bound the bodies of versions that are
	// remembered for PutOptions.Base.
	maxBases     = 4096
	maxBaseBytes = 16 << 20
)

// version names a body of one document.
type version struct {
	collection, key string
	digest          [32]byte
}

// bases remembers bodies by version, those whose version somebody has asked
// for last: who never learned of a version cannot build on it. So a read that
// does not ask costs neither a hash nor memory.
type bases struct {
	*lru[version, []byte]
}

func newBases() bases {
	return bases{newLRU[version](maxBases, maxBaseBytes, func(body []byte) int { return len(body) })}
}

// find is the body of a version, if it is remembered.
func (b bases) find(collection, key string, v cid.Cid) (body []byte, ok bool) {
	digest, ok := digestOf(v)
	if !ok {
		return nil, false
	}
	return b.get(version{collection, key, digest})
}

// digestOf is the hash inside the version of a document; ok is false if v is
// none.
func digestOf(v cid.Cid) (digest [32]byte, ok bool) {
	if !v.Defined() || v.Type() != cid.DagCBOR {
		return digest, false
	}
	hash, err := multihash.Decode(v.Hash())
	if err != nil || hash.Code != multihash.SHA2_256 || len(hash.Digest) != len(digest) {
		return digest, false
	}
	return [32]byte(hash.Digest), true
}

// base is the document that a write was made from: the one that is there now,
// or a version that is remembered; else it fails with ErrBaseGone. seen is what
// this replica has seen of the document: a version from before it gave up what
// was damaged holds more than that, and the edit would bring it back as if it
// had been seen.
func (r *recent) base(collection, key string, v cid.Cid, now *crdt.Document, seen crdt.VersionVector) (*crdt.Document, error) {
	if !now.IsEmpty() && crdt.VersionOf(now.Canonical()).Equals(v) {
		return now, nil
	}
	if body, ok := r.bases.find(collection, key, v); ok {
		d, err := r.decode(collection, key, body)
		if err != nil || d.CoveredBy(seen) {
			return d, err
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrBaseGone, v)
}

// version is the document as it was at a version: as it is now, if that is the
// one, or as it is remembered; else it fails with ErrBaseGone. now may be nil.
func (c *Collection) version(now *Document, key string, v cid.Cid) (*Document, error) {
	if now != nil && now.Version().Equals(v) {
		return now, nil
	}
	if body, ok := c.node.recent.bases.find(c.name, key, v); ok {
		return newDocument(c.name, storage.Record{Key: key, Body: body})
	}
	return nil, fmt.Errorf("%s/%s: %w: %s", c.name, key, ErrBaseGone, v)
}
