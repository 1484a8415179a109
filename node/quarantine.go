package node

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	if err == nil {
		n.roomMade()
	}
	return err
}

// keep puts something into quarantine, durably, tells of it, and returns how many in front are
// kept: all, or with storage.ErrQuarantineFull fewer.
func (n *Node) keep(ctx context.Context, all ...Quarantined) (kept int, err error) {
	ids, err := n.keepSilently(ctx, all...)
	for i, id := range ids {
		q := all[i]
		n.sink.incident(IncidentEvent{Kind: Quarantine, Peer: q.Origin, Collection: q.Collection, Key: q.Key, Number: id,
			Detail: fmt.Sprintf("number %d, %s of %d bytes: %s", id, q.Kind, len(q.Raw), p2p.Clean(q.Reason))})
	}
	return len(ids), err
}

// keepSilently is keep of what somebody knows of who has it put there. What had to go for it is told.
func (n *Node) keepSilently(ctx context.Context, all ...Quarantined) (ids []uint64, err error) {
	for i := range all {
		if all[i].At.IsZero() {
			all[i].At = n.options.Clock()
		}
		defer n.keptNext.Delete(all[i].Collection)
	}
	ids, dropped, err := n.docs.Keep(func(fn func(*storage.Batch) error) error {
		return n.writer.do(&task{ctx: ctx, size: 1 << 18, durable: true, run: func(b *batch) error {
			b.begin()
			return fn(b.Batch)
		}})
	}, all...)
	for _, old := range dropped {
		n.sink.incident(IncidentEvent{Kind: Quarantine, Peer: old.Origin, Collection: old.Collection, Key: old.Key,
			Detail: fmt.Sprintf("number %d had to go to make room: %s", old.ID, p2p.Clean(old.Reason))})
	}
	if err != nil {
		return ids, fmt.Errorf("quarantine: %w", err)
	}
	return ids, nil
}

// keepSent puts what a peer has sent into quarantine. If there is no room that is said:
// the peer has it.
func (n *Node) keepSent(ctx context.Context, all ...Quarantined) error {
	for len(all) > 0 {
		kept, err := n.keep(ctx, all...)
		if !errors.Is(err, storage.ErrQuarantineFull) {
			return err
		}
		q := all[kept]
		n.sink.incident(IncidentEvent{Kind: Quarantine, Peer: q.Origin, Collection: q.Collection, Key: q.Key,
			Detail: fmt.Sprintf("%s of %d bytes is not kept, the quarantine is full of what was held here: %s", q.Kind, len(q.Raw), p2p.Clean(q.Reason))})
		all = all[kept+1:]
	}
	return nil
}

// keepForeign puts a document that a peer has told into quarantine.
func (n *Node) keepForeign(ctx context.Context, peer, collection string, d antientropy.Counterpart, why error) error {
	return n.keepSent(ctx, Quarantined{Kind: storage.QuarantinedDocument, Origin: peer, Collection: collection, Key: d.Key, Raw: d.Body, Reason: why.Error()})
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
	n.beside(peer, collection, func(ctx context.Context) error { return n.keepSent(ctx, kept...) })
}

// keepMessage puts a message for which a session was ended into quarantine, beside it.
func (n *Node) keepMessage(peer string, m []byte, c antientropy.Close) {
	if c.ByPeer || !c.Reason.Violation() || c.Err != nil {
		return
	}
	q := Quarantined{Kind: storage.QuarantinedMessage, Origin: peer, Raw: m, Reason: string(c.Reason) + ": " + c.Detail}
	n.beside(peer, "", func(ctx context.Context) error { return n.keepSent(ctx, q) })
}

// salvageBytes is about how much of what is to be given up is in memory at once.
const salvageBytes = 4 << 20

// salvage puts documents that are to be given up into quarantine as they are here. kept
// are those that may be: all, or with storage.ErrQuarantineFull fewer.
func (n *Node) salvage(ctx context.Context, collection string, findings []storage.Finding, lost []string) (kept []string, err error) {
	why := map[string]string{}
	for _, f := range findings {
		if why[f.Key] == "" {
			why[f.Key] = f.String()
		}
	}
	var some []Quarantined
	size := 0
	for _, key := range lost {
		q, found, err := n.docs.Salvage(collection, key)
		if err != nil {
			return kept, err
		}
		if found {
			q.Reason = why[key]
			some = append(some, q)
			size += len(q.Raw)
		} else {
			kept = append(kept, key)
		}
		if size < salvageBytes && key != lost[len(lost)-1] {
			continue
		}
		n, err := n.keep(ctx, some...)
		for _, q := range some[:n] {
			kept = append(kept, q.Key)
		}
		if err != nil {
			slices.Sort(kept)
			return kept, err
		}
		some, size = nil, 0
	}
	slices.Sort(kept)
	return kept, nil
}
