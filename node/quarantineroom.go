package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// giveUp puts damaged documents aside and makes them unknown. Those for which the
// quarantine has no room stay as they are, and that is said: they may be all that
// there is of them. all is false then.
func (n *Node) giveUp(ctx context.Context, peer, collection string, s *scope, findings []storage.Finding, lost []string) (all bool, err error) {
	n.putting.Lock()
	defer n.putting.Unlock()
	kept, err := n.salvage(ctx, collection, findings, lost)
	all = err == nil
	if err != nil && !errors.Is(err, storage.ErrQuarantineFull) {
		return false, err
	}
	if !all {
		n.crowded.Store(collection, true)
		n.sink.incident(IncidentEvent{Kind: Quarantine, Peer: peer, Collection: collection,
			Detail: fmt.Sprintf("%d damaged documents stay as they are, since the quarantine is full: release or drop what is in it", len(lost)-len(kept))})
	}
	if err := n.forfeit(ctx, collection, s, kept); err != nil {
		return false, err
	}
	if len(kept) > 0 {
		n.rolls.forget(collection)
		n.endSessions(antientropy.ReasonReset, fmt.Sprintf("%d damaged documents of %s were given up", len(kept), collection))
	}
	return all, nil
}

// quarantineFinding tells what is in quarantine, if there is anything: also what was put
// there before the node was opened, and that no backup has it.
// there holds the numbers of it.
func (n *Node) quarantineFinding(ctx context.Context) (found []Finding, there map[uint64]bool, err error) {
	all, err := n.Quarantine(ctx)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	there = map[uint64]bool{}
	own, size := 0, 0
	for _, q := range all {
		there[q.ID] = true
		size += q.Size
		if q.Origin == "" {
			own++
		}
	}
	return []Finding{{Kind: Quarantine, Where: n.options.Dir, Command: "crdtctl quarantine",
		Happened: fmt.Sprintf("%d things are put aside as they were, %d KiB since %s: %d were held here, %d were sent by peers; they are in no backup, crdtctl backup writes them to a file beside it",
			len(all), (size+1023)>>10, all[0].At.UTC().Format(time.RFC3339), own, len(all)-own),
		Do: "see what they are; release them when the cause is gone, or drop them"}}, there, nil
}
