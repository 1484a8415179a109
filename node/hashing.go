package node

import (
	"context"
	"errors"
	"time"

	cid "github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
)

const (
	// hashEvery is how often trees are brought up to date unasked.
	hashEvery = time.Minute
	// hashLeaves is how many leaves, of some 16 documents each, one step of
	// hashing makes; between two steps others may write.
	hashLeaves = 64
	// hashShare is which part of a core unasked hashing takes: one in so many.
	// A first tree of a million documents is 5 seconds of work.
	hashShare = 4
)

// hasher brings the trees of collections up to their documents, in bounded
// steps through the writer loop.
type hasher struct{ node *Node }

// hash returns when the tree shows what the collection held at some moment
// after the call. ctx ends it between two steps. It takes one in share of a
// core.
func (h *hasher) hash(ctx context.Context, collection string, share int) error {
	for {
		var done bool
		began := time.Now()
		err := h.node.writer.step(ctx, func(b *batch) (err error) {
			b.begin()
			done, err = b.HashTree(collection, hashLeaves)
			return err
		})
		if err != nil || done {
			return err
		}
		if share > 1 && !wait(ctx, time.Since(began)*time.Duration(share-1)) {
			return ctx.Err()
		}
	}
}

// errBusy is returned by root when writers were faster than hashing too often.
var errBusy = errors.New("the collection changes faster than it can be hashed")

// root hashes until the tree shows exactly what is there.
func (h *hasher) root(ctx context.Context, collection string) (cid.Cid, error) {
	for range 100 {
		v, err := h.node.docs.View(collection)
		if err != nil {
			return cid.Undef, h.node.storeError(err)
		}
		root, ok, err := v.Root()
		if err = errors.Join(err, v.Close()); err != nil {
			return cid.Undef, h.node.storeError(err)
		}
		if ok {
			return rootCID(root), nil
		}
		if err := h.hash(ctx, collection, 1); err != nil {
			return cid.Undef, err
		}
	}
	return cid.Undef, errBusy
}

// loop hashes every collection from time to time, until ctx ends.
func (h *hasher) loop(ctx context.Context) {
	tick := time.NewTicker(hashEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, c := range h.node.docs.Collections() {
			h.heed(ctx, c, h.hash(ctx, c, hashShare))
		}
	}
}

// tend hashes, and sees to what that may bring to light; it reports whether the
// tree is up to date.
func (h *hasher) tend(ctx context.Context, collection string) bool {
	return h.heed(ctx, collection, h.hash(ctx, collection, 1))
}

// heed sees to damage that hashing has met; it reports whether there was no
// error.
func (h *hasher) heed(ctx context.Context, collection string, err error) bool {
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrClosed) {
		return err == nil
	}
	h.node.sink.incident(IncidentEvent{Kind: Damage, Collection: collection, Detail: err.Error()})
	h.node.saw("", err)
	return false
}

// rootCID prints a root hash as what it is the hash of: a dag-cbor node.
func rootCID(root [32]byte) cid.Cid {
	mh, err := multihash.Encode(root[:], multihash.SHA2_256)
	if err != nil {
		panic("node: encode a sha2-256 multihash: " + err.Error()) // cannot happen: code and length are right
	}
	return cid.NewCidV1(cid.DagCBOR, mh)
}
