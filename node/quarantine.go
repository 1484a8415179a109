package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Quarantined is something that could not be taken, or had to be given up, kept as
// it was (see storage.Quarantined).
type Quarantined = storage.Quarantined

var (
	// ErrNotQuarantined is returned by Quarantined, Release and Drop when nothing
	// in quarantine has the number.
	ErrNotQuarantined = errors.New("not in quarantine")
	// ErrNotReleased is returned by Release when what is in quarantine still cannot
	// be taken: it stays there. The message says why.
	ErrNotReleased = errors.New("it still cannot be taken")
)

// Quarantine lists what is in quarantine, the oldest first, without its bytes.
func (n *Node) Quarantine(ctx context.Context) ([]Quarantined, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all, err := n.docs.Quarantine()
	return all, n.storeError(err)
}

// Quarantined is one of them, with its bytes, or what is left of them.
func (n *Node) Quarantined(ctx context.Context, id uint64) (Quarantined, error) {
	if err := ctx.Err(); err != nil {
		return Quarantined{}, err
	}
	q, err := n.docs.QuarantinedOne(id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return q, fmt.Errorf("%d: %w", id, ErrNotQuarantined)
	case errors.Is(err, storage.ErrDamaged):
		q.Reason += " (and what is kept of it is damaged)"
		err = nil
	}
	return q, n.storeError(err)
}

// DropQuarantined removes one from the quarantine for good.
func (n *Node) DropQuarantined(ctx context.Context, id uint64) error {
	err := n.writer.do(&task{ctx: ctx, durable: true, run: func(b *batch) error {
		b.begin()
		return b.DropQuarantined(id)
	}})
	if errors.Is(err, storage.ErrNotFound) {
		err = fmt.Errorf("%d: %w", id, ErrNotQuarantined)
	}
	return err
}

// Release takes one from the quarantine. The content of a record that was given up
// is merged with the document as it is now: of what all have seen removed since,
// nothing returns; the rest is written anew (changed). What a peer has sent is
// only dropped here: as long as it is not taken every session with a peer that has it
// brings it again, and what is sound by then is merged as anything else. If it
// cannot be taken it stays, with ErrNotReleased.
func (n *Node) Release(ctx context.Context, id uint64) (changed bool, err error) {
	q, err := n.Quarantined(ctx, id)
	if err != nil {
		return false, err
	}
	switch q.Kind {
	case storage.QuarantinedDocument, storage.QuarantinedMessage:
		if err := n.DropQuarantined(ctx, id); err != nil {
			return false, err
		}
		n.retry(q)
		return false, nil
	case storage.QuarantinedRecord:
	default:
		return false, fmt.Errorf("%d: %w: nothing of it can be read", id, ErrNotReleased)
	}
	kept, err := crdt.Decode(q.Raw)
	if err != nil {
		return false, fmt.Errorf("%d: %w: %w", id, ErrNotReleased, err)
	}
	err = n.writer.do(&task{ctx: ctx, size: 2 * len(q.Raw), durable: true, run: func(b *batch) (err error) {
		changed, err = b.release(q, kept)
		return err
	}})
	if errors.Is(err, errMend) || errors.Is(err, storage.ErrDamaged) {
		err = fmt.Errorf("%d: %w: %w", id, ErrNotReleased, err)
	}
	return changed && err == nil, err
}

// release merges what was kept of a document into it and drops it from the
// quarantine, in one commit.
func (b *batch) release(q Quarantined, kept *crdt.Document) (changed bool, err error) {
	if s := b.writable; s != nil && !s.has(q.Collection, q.Key) {
		return false, s.outOfScope(q.Collection + "/" + q.Key)
	}
	rec, err := b.Get(q.Collection, q.Key)
	if err != nil {
		return false, err
	}
	now, err := crdt.Decode(rec.Body)
	if err != nil {
		return false, err
	}
	merged, err := crdt.Merge(
		crdt.State{Document: now, Heads: rec.Heads, Context: b.Seen(q.Collection, q.Key)},
		crdt.State{Document: kept})
	if err == nil {
		kept = merged.Document
	} else if kept, err = crdt.Decode(q.Raw); err != nil { // texts that do not fit: what is released stands beside
		return false, err
	}
	changed, err = b.makeOne(q.Collection, q.Key, func(w *crdt.Writer) (*crdt.Document, bool, error) { return crdt.Revive(w, now, kept) })
	if err != nil {
		return false, err
	}
	b.begin()
	return changed, b.DropQuarantined(q.ID)
}

// retry ends the session with who has sent it: the next one brings again what was
// not taken.
func (n *Node) retry(q Quarantined) {
	if n.mesh == nil {
		return
	}
	for _, s := range n.mesh.running() {
		if s.peer.id == q.Origin {
			s.tell(antientropy.Stop{Reason: antientropy.ReasonReset, Detail: "what was in quarantine is tried again"})
		}
	}
}

// keep puts something into quarantine, durably.
func (n *Node) keep(ctx context.Context, q Quarantined) error {
	q.At = n.options.Clock()
	if q.Kind == storage.QuarantinedRecord {
		defer n.keptNone.Store(false)
	}
	id, dropped, err := n.docs.Keep(q, func(fn func(*storage.Batch) error) error {
		return n.writer.do(&task{ctx: ctx, size: 1 << 18, durable: true, run: func(b *batch) error {
			b.begin()
			return fn(b.Batch)
		}})
	})
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	for _, old := range dropped {
		n.sink.incident(IncidentEvent{Kind: Quarantine, Peer: old.Origin, Collection: old.Collection, Key: old.Key,
			Detail: fmt.Sprintf("number %d had to go to make room: %s", old.ID, p2p.Clean(old.Reason))})
	}
	n.sink.incident(IncidentEvent{Kind: Quarantine, Peer: q.Origin, Collection: q.Collection, Key: q.Key,
		Detail: fmt.Sprintf("number %d, %s of %d bytes: %s", id, q.Kind, len(q.Raw), p2p.Clean(q.Reason))})
	return nil
}

// keepForeign puts a document that a peer has told into quarantine.
func (n *Node) keepForeign(ctx context.Context, peer, collection string, d antientropy.Counterpart, why error) error {
	return n.keep(ctx, Quarantined{Kind: storage.QuarantinedDocument, Origin: peer, Collection: collection, Key: d.Key, Raw: d.Body, Reason: why.Error()})
}

// keepRefused puts the documents of a frame that were refused into quarantine,
// beside the session.
func (n *Node) keepRefused(peer, collection string, f storage.Frame, refused []storage.Refusal) {
	if len(refused) == 0 {
		return
	}
	var kept []Quarantined
	for _, r := range refused {
		for _, d := range f.Documents {
			if d.Key == r.Key {
				kept = append(kept, Quarantined{Kind: storage.QuarantinedDocument, Origin: peer, Collection: collection, Key: d.Key,
					Raw: append([]byte(nil), d.Body...), Reason: r.Err.Error()})
			}
		}
	}
	n.beside(peer, collection, func(ctx context.Context) error {
		for _, q := range kept {
			if err := n.keep(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

// keepMessage puts a message for which a session was ended into quarantine, beside it.
func (n *Node) keepMessage(peer string, m []byte, c antientropy.Close) {
	if c.ByPeer || !c.Reason.Violation() || c.Err != nil {
		return
	}
	q := Quarantined{Kind: storage.QuarantinedMessage, Origin: peer, Raw: m, Reason: string(c.Reason) + ": " + c.Detail}
	n.beside(peer, "", func(ctx context.Context) error { return n.keep(ctx, q) })
}

// salvage puts documents that are to be given up into quarantine as they are here.
func (n *Node) salvage(ctx context.Context, collection string, findings []storage.Finding, lost []string) error {
	why := map[string]string{}
	for _, f := range findings {
		if why[f.Key] == "" {
			why[f.Key] = f.String()
		}
	}
	for _, key := range lost {
		q, found, err := n.docs.Salvage(collection, key)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		q.Reason = why[key]
		if err := n.keep(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// restoreKept releases, where a collection is the same here and at a peer, the
// records of it that were given up intact: what a peer did not have of them comes
// back.
func (n *Node) restoreKept(collection string) {
	if n.keptNone.Load() {
		return
	}
	if _, running := n.releasing.LoadOrStore(collection, true); running {
		return
	}
	n.beside("", collection, func(ctx context.Context) error {
		defer n.releasing.Delete(collection)
		n.keptNone.Store(true)
		all, err := n.docs.Quarantine()
		if err != nil {
			return err
		}
		for _, q := range all {
			if q.Kind == storage.QuarantinedRecord && q.Collection != collection {
				n.keptNone.Store(false)
			}
		}
		for _, q := range all {
			if q.Kind != storage.QuarantinedRecord || q.Collection != collection || q.Origin != "" {
				continue
			}
			if _, err := n.Release(ctx, q.ID); err != nil && !errors.Is(err, ErrNotReleased) && !errors.Is(err, ErrNotQuarantined) {
				return err
			}
		}
		return nil
	})
}
