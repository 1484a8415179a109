package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// outcome is what came of a frame.
type outcome struct {
	wanted  []string          // nothing of the frame, or only its first keys, was committed
	refused []storage.Refusal // all else was
	changed int               // documents
	grown   bool              // what is known has, or could not because the base was not known
	err     error
}

// and is the outcome of a frame of two halves.
func (o outcome) and(p outcome) outcome {
	p.refused = slices.Concat(o.refused, p.refused)
	p.changed += o.changed
	p.grown = p.grown || o.grown
	return p
}

// taken counts the documents that are committed, of so many in the frame.
func (o outcome) taken(documents int) int {
	if o.err != nil || len(o.wanted) > 0 {
		return 0
	}
	return documents - len(o.refused)
}

// merge commits a frame of a peer through the writer loop, durably, and then
// calls done, which must not block. A frame too big for one transaction is
// committed in two, in key order: each half is a frame in its own right.
func (n *Node) merge(peer, collection string, f storage.Frame, done func(outcome)) {
	var m storage.Merged
	var skewed bool
	size := 0
	for _, d := range f.Documents {
		size += documentOverhead + len(d.Key) + len(d.Body)
	}
	n.writer.remote.push(&task{
		ctx: context.Background(), size: size, durable: true, collection: collection,
		run: func(b *batch) (err error) {
			if !n.scope.Load().hasAll(collection, f.From, f.To) { // left since it came
				m = storage.Merged{Skipped: true}
				return nil
			}
			if err := b.room(collection, n.scope.Load()); err != nil { // there was some when it was opened
				return err
			}
			b.begin()
			if m, err = b.Merge(collection, f); err != nil || len(m.Wanted) > 0 {
				return err
			}
			if m.MaxTime > 0 {
				skewed = b.clock.observe(m.MaxTime)
				b.Mark(collection, b.clock.hlc.Last())
			}
			if len(m.Changed) > 0 || m.Raised {
				b.changed(collection, len(m.Changed))
			}
			return b.vouch(collection, m.Rescued)
		},
		finish: func(err error) {
			if errors.Is(err, storage.ErrTxTooBig) && len(f.Documents) > 1 {
				n.mergeHalves(peer, collection, f, done)
				return
			}
			n.saw(peer, err)
			if err == nil {
				n.merged(peer, collection, m, skewed)
				n.keepRefused(peer, collection, f, m.Refused)
			}
			done(outcome{m.Wanted, m.Refused, len(m.Changed), m.Raised || m.Skipped, err})
		},
	})
}

func (n *Node) mergeHalves(peer, collection string, f storage.Frame, done func(outcome)) {
	first, second := f.Halves()
	n.merge(peer, collection, first, func(o outcome) {
		if o.err != nil || len(o.wanted) > 0 {
			done(o)
			return
		}
		n.merge(peer, collection, second, func(p outcome) { done(o.and(p)) })
	})
}

// merged tells what a merge has brought to light.
func (n *Node) merged(peer, collection string, m storage.Merged, skewed bool) {
	if m.Forged > 0 {
		n.sink.incident(IncidentEvent{Kind: Forged, Peer: peer, Collection: collection,
			Detail: fmt.Sprintf("%d changes came with other bytes than are known here", m.Forged)})
	}
	n.kept(peer, collection, m.Rescued)
	if m.Clone {
		n.sink.incident(IncidentEvent{Kind: Clone, Peer: peer, Collection: collection,
			Detail: "the peer knows another continuation of this node's past"})
	}
	if m.Twin.Time().After(n.since) {
		n.twin(peer, collection)
	}
	if m.Renewed {
		n.anew("a peer knows changes of this node that it does not remember")
	}
	if skewed {
		n.sink.skew(collection)
	}
}

// answer is what a session is told of a merge it asked for.
func answer(o antientropy.Merge, came outcome) antientropy.Committed {
	c := antientropy.Committed{ID: o.ID, Wanted: came.wanted}
	c.Known = came.err == nil && came.changed == 0 && !came.grown && len(came.wanted)+len(came.refused) == 0
	c.Repeated = max(came.taken(len(o.Frame.Documents))-came.changed, 0)
	for _, r := range came.refused {
		why := strings.TrimPrefix(r.Err.Error(), o.Collection+"/"+r.Key+": ")
		c.Refusals = append(c.Refusals, antientropy.Refusal{Key: r.Key, Reason: why})
	}
	switch err := came.err; {
	case err == nil:
	case errors.Is(err, storage.ErrUnsigned):
		c.Refused, c.Detail = antientropy.ReasonUnsignedHead, err.Error()
	case errors.Is(err, storage.ErrFrame):
		c.Refused, c.Detail = antientropy.ReasonBadFrame, err.Error()
	case errors.Is(err, ErrSpace):
		c.Refused, c.Detail = antientropy.ReasonSpace, err.Error()
	case errors.Is(err, ErrCollections):
		c.Refused, c.Detail = antientropy.ReasonRoom, err.Error()
	default:
		c.Err = err
	}
	return c
}
