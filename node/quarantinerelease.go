package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Release takes one from the quarantine. What was held here is merged with the document
// as it is now: of what all have seen removed since, nothing returns; the rest is
// written anew (changed). What a peer has sent is dropped, if what it holds is here by
// now, or if a peer that is connected has it: the session with that peer begins anew, and brings it
// again. If it cannot be taken it stays, with ErrNotReleased.
func (n *Node) Release(ctx context.Context, id uint64) (changed bool, err error) {
	n.putting.Lock()
	defer n.putting.Unlock()
	changed, from, err := n.release(ctx, id, false)
	for _, s := range from {
		s.tell(antientropy.Stop{Reason: antientropy.ReasonReset, Detail: "what was in quarantine is tried again"})
	}
	return changed, err
}

// release is Release; byItself is without an operator, who knows more than the node. What
// was dropped since from have it: these are to begin anew.
func (n *Node) release(ctx context.Context, id uint64, byItself bool) (changed bool, from []*session, err error) {
	q, err := n.Quarantined(ctx, id)
	if err != nil {
		return false, nil, err
	}
	switch q.Kind {
	case storage.QuarantinedDocument, storage.QuarantinedMessage:
		if from, err = n.holders(ctx, q); err != nil {
			return false, nil, err
		}
		return false, from, n.DropQuarantined(ctx, id)
	case storage.QuarantinedRecord, storage.QuarantinedRaw:
		changed, err = n.readmit(ctx, q, byItself)
		return changed, nil, err
	}
	return false, nil, fmt.Errorf("%d: %w: nothing of it can be read", id, ErrNotReleased)
}

// readmit merges what was kept of a document that was held here, and drops it.
func (n *Node) readmit(ctx context.Context, q Quarantined, byItself bool) (changed bool, err error) {
	id := q.ID
	body, err := q.Content()
	if err != nil {
		return false, fmt.Errorf("%d: %w: %w", id, ErrNotReleased, err)
	}
	kept, err := crdt.Decode(body)
	if err != nil {
		return false, fmt.Errorf("%d: %w: %w", id, ErrNotReleased, err)
	}
	err = n.writer.do(&task{ctx: ctx, size: 2 * len(q.Raw), durable: true, run: func(b *batch) (err error) {
		if changed = false; byItself {
			if may, err := n.mayReturn(b, q, kept); err != nil || !may {
				return cmp.Or(err, fmt.Errorf("%d: %w by itself", id, ErrNotReleased))
			}
		}
		changed, err = b.release(q, kept)
		return err
	}})
	if errors.Is(err, errMend) || errors.Is(err, storage.ErrDamaged) {
		err = fmt.Errorf("%d: %w: %w", id, ErrNotReleased, err)
	}
	if err == nil {
		n.roomMade()
	}
	return changed && err == nil, err
}

// release merges what was kept of a document into it and drops it from the
// quarantine, in one commit.
func (b *batch) release(q Quarantined, kept *crdt.Document) (changed bool, err error) {
	if s := b.writable; s != nil && !s.has(q.Collection, q.Key) {
		return false, s.outOfScope(q.Collection + "/" + q.Key)
	}
	state, err := b.stateAt(q)
	if err != nil {
		return false, err
	}
	changed, err = b.makeOne(q.Collection, q.Key, func(w *crdt.Writer) (*crdt.Document, bool, error) { return crdt.Readmit(w, state, kept) })
	if err != nil {
		return false, err
	}
	b.begin()
	return changed, b.DropQuarantined(q.ID)
}

// stateAt is what is held of what a quarantined document was.
func (b *batch) stateAt(q Quarantined) (crdt.State, error) {
	rec, err := b.Get(q.Collection, q.Key)
	if err != nil {
		return crdt.State{}, err
	}
	now, err := crdt.Decode(rec.Body)
	return crdt.State{Document: now, Heads: rec.Heads, Context: b.Seen(q.Collection, q.Key)}, err
}

// mayReturn reports whether what was kept of a document may be released by itself: where
// that writes something, all of it must be of this node's own incarnations. What others
// have written they, or a peer that is away, may still have, and it would be there twice; and of
// what was released elsewhere, and removed then, nothing here tells any more (Law C).
func (n *Node) mayReturn(b *batch, q Quarantined, kept *crdt.Document) (bool, error) {
	state, err := b.stateAt(q)
	if err != nil || state.HasSeen(kept) {
		return true, err
	}
	removed := len(state.Heads) > 0 && state.Document.IsEmpty()
	return !removed && state.HasSeenOthers(kept, n.docs.IsOwn), nil
}

// holders are the sessions that bring again what was sent and could not be taken: with
// peers that have all of it or, of a message, with who has sent it. None are needed if it
// is here. It fails with ErrNotReleased if dropping it would lose it.
func (n *Node) holders(ctx context.Context, q Quarantined) (from []*session, err error) {
	var doc *crdt.Document
	if q.Kind == storage.QuarantinedDocument {
		if doc, err = crdt.DecodeDelta(q.Raw); err != nil {
			return nil, fmt.Errorf("%d: %w: %w", q.ID, ErrNotReleased, err)
		}
		here, err := n.isHere(q, doc)
		if err != nil || here {
			return nil, err
		}
	}
	if n.mesh != nil {
		for _, s := range n.mesh.live() {
			if doc == nil && s.peer.id == q.Origin {
				from = append(from, s)
			} else if doc != nil {
				if shown, ok := s.shown(ctx); ok && doc.CoveredBy(shown[q.Collection].At(q.Key)) {
					from = append(from, s)
				}
			}
		}
	}
	if len(from) == 0 {
		return nil, fmt.Errorf("%d: %w: no peer that has it is connected: connect %s, which brings it again", q.ID, ErrNotReleased, q.Origin)
	}
	return from, nil
}

// isHere reports whether all of a document that a peer has sent has been taken in. That
// all of it is counted would not do: what could not be made one with what is here
// is counted, too.
func (n *Node) isHere(q Quarantined, doc *crdt.Document) (bool, error) {
	rec, err := n.docs.Get(q.Collection, q.Key)
	if err != nil {
		return false, n.storeError(err)
	}
	now, err := crdt.Decode(rec.Body)
	if err != nil {
		return false, nil // it is damaged, and will be given up
	}
	return crdt.State{Document: now}.Shows(doc), nil
}

const (
	// releaseAgain is how long what could not be released is not tried again by itself.
	releaseAgain = 10 * time.Minute
	// releaseLater is how long the peer with the greater PeerID waits, so that it hears
	// of what the other has released of the same.
	releaseLater = time.Minute
)

// restoreKept looks, where a collection is the same here and at a peer, at what is in
// quarantine of it. What was given up and can be read is released: what the peer did
// not have of it comes back. What was sent, and is here by now, is dropped.
func (n *Node) restoreKept(peer, collection string) {
	if next, ok := n.keptNext.Load(collection); ok && time.Now().Before(next.(time.Time)) {
		return
	}
	if _, running := n.releasing.LoadOrStore(collection, true); running {
		return
	}
	n.beside("", collection, func(ctx context.Context) error {
		defer n.releasing.Delete(collection)
		n.keptNext.Store(collection, time.Now().Add(releaseAgain))
		kept, err := n.keptOf(collection)
		if err != nil || len(kept) == 0 {
			return err
		}
		if n.mesh.self > peer && !wait(ctx, releaseLater) {
			return nil
		}
		unknown, err := n.releaseAll(ctx, kept)
		if err == nil && len(unknown) > 0 && wait(ctx, releaseLater) {
			_, err = n.releaseAll(ctx, unknown)
		}
		return err
	})
}

// releaseAll releases what it can; unknown are those of whose documents nothing is known
// yet: a drain is on its way.
func (n *Node) releaseAll(ctx context.Context, kept []Quarantined) (unknown []Quarantined, err error) {
	for _, q := range kept {
		known, err := n.releaseKept(ctx, q)
		if err != nil && !errors.Is(err, ErrNotReleased) && !errors.Is(err, ErrNotQuarantined) {
			return nil, err
		}
		if !known {
			unknown = append(unknown, q)
		}
	}
	return unknown, nil
}

// keptOf lists what is in quarantine of a collection.
func (n *Node) keptOf(collection string) (kept []Quarantined, err error) {
	all, err := n.docs.Quarantine()
	for _, q := range all {
		if q.Collection == collection {
			kept = append(kept, q)
		}
	}
	return kept, err
}

// releaseKept releases one of a collection that has converged, unless it was given up
// again meanwhile, and nothing is known of its document.
func (n *Node) releaseKept(ctx context.Context, q Quarantined) (known bool, err error) {
	n.putting.Lock()
	defer n.putting.Unlock()
	if q.Kind == storage.QuarantinedDocument {
		return true, n.dropTaken(ctx, q)
	}
	v, err := n.docs.View(q.Collection)
	if err != nil {
		return true, n.storeError(err)
	}
	known = v.Knowledge().At(q.Key).Len() > 0
	if err := v.Close(); err != nil || !known {
		return known, err
	}
	_, _, err = n.release(ctx, q.ID, true)
	return true, err
}

// dropTaken drops what was sent of a document, if it is here by now.
func (n *Node) dropTaken(ctx context.Context, q Quarantined) error {
	whole, err := n.Quarantined(ctx, q.ID)
	if err != nil {
		return err
	}
	doc, err := crdt.DecodeDelta(whole.Raw)
	if err != nil {
		return nil
	}
	if here, err := n.isHere(q, doc); err != nil || !here {
		return err
	}
	return n.DropQuarantined(ctx, q.ID)
}

// roomMade has collections of which not all damage could be given up, for want of room,
// looked at again.
func (n *Node) roomMade() {
	n.crowded.Range(func(collection, _ any) bool {
		n.crowded.Delete(collection)
		n.unhealed.Store(collection, true)
		return true
	})
}
