package node

import (
	"context"
	"iter"
	"time"

	cid "github.com/ipfs/go-cid"
)

// WatchOptions select changes.
type WatchOptions struct {
	Collection string // only this one; "" is all
	Prefix     string // only keys that begin with it; needs a Collection
	// Once ends the stream when all that is here now has been delivered, in
	// place of waiting for more.
	Once bool
	// MaxLag is how long the reader may take over one change before the stream
	// ends with ErrGap; 0 is one minute.
	MaxLag time.Duration
}

// Change says that a document is different from what the token knew.
type Change struct {
	Collection, Key string
	Version         cid.Cid // cid.Undef when deleted
	Deleted         bool
	Token           Token // resumes after this change, at any peer
}

// Changes yields every document that is different from what since has seen,
// then goes on as documents change, here or by a peer, until ctx ends (its
// error is the last thing yielded), the node is closed (ErrClosed) or the
// reader breaks off. Changes are delivered at least once; several changes of
// one document between two looks are one. Within a look they come in the
// order of their keys, and a transaction is whole. A slow reader never blocks
// a writer; it gets ErrGap.
func (n *Node) Changes(ctx context.Context, since Token, o WatchOptions) iter.Seq2[Change, error] {
	panic("soon")
}

// Now is the token of the present: Changes since it yields what comes later.
func (n *Node) Now(ctx context.Context) (Token, error) { panic("soon") }
