package node

import (
	"context"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// AcksError is the ErrAcks of one write, which has happened.
type AcksError struct {
	Wanted int // PutOptions.Acks
	Acked  int // so many other peers have it on disk

	err error // of the context
}

func (e *AcksError) Error() string {
	return fmt.Sprintf("%v: %d of %d have it on disk", ErrAcks, e.Acked, e.Wanted)
}

// Is reports that an AcksError is an ErrAcks.
func (e *AcksError) Is(target error) bool { return target == ErrAcks }

// Unwrap gives the error of the context.
func (e *AcksError) Unwrap() error { return e.err }

// Acked waits until k other peers have a write on disk: they acknowledged it, or
// showed knowledge that covers it. It returns how many do, at least k, or with
// ErrAcks fewer when ctx ends first. Writes that changed nothing count by what
// was there; where there was nothing, nobody is waited for.
func (n *Node) Acked(ctx context.Context, w Written, k int) (int, error) {
	return n.acked(ctx, []Written{w}, k)
}

func (n *Node) acked(ctx context.Context, all []Written, k int) (int, error) {
	if err := checkAcks(k); err != nil {
		return 0, err
	}
	if n.mesh == nil {
		return 0, ErrNoNetwork
	}
	rests := false
	for _, w := range all {
		rests = rests || len(w.heads) > 0
	}
	if !rests || k <= 0 {
		return 0, nil
	}
	w := n.shown.add("")
	defer n.shown.remove(w)
	have := map[string]bool{} // by PeerID: once on disk, always on disk
	for first := true; ; first = false {
		for _, p := range n.mesh.all() {
			have[p.id] = have[p.id] || p.holds(ctx, all)
		}
		acked := 0
		for _, holds := range have {
			if holds {
				acked++
			}
		}
		if acked >= k {
			return acked, nil
		}
		if first {
			n.urge(all, have)
		}
		select {
		case <-w.wake:
		case <-n.closing:
			return acked, ErrClosed
		case <-ctx.Done():
			return acked, &AcksError{Wanted: k, Acked: acked, err: ctx.Err()}
		}
	}
}

// urge has these sent to those that may not have them, also where a link would
// wait for them to come by another way.
func (n *Node) urge(all []Written, have map[string]bool) {
	collections := map[string]bool{}
	for _, w := range all {
		collections[w.collection] = true
	}
	for _, s := range n.mesh.live() {
		for c := range collections {
			if !have[s.peer.id] {
				s.tell(antientropy.Urge{Collection: c})
			}
		}
	}
}

// holds reports whether the peer is known to have all of these on disk: nothing
// else is ever shown or acknowledged.
func (p *peer) holds(ctx context.Context, all []Written) bool {
	if covered(p.lastShown(), all) {
		return true
	}
	s := p.live()
	if s == nil {
		return false
	}
	reply := make(chan bool, 1)
	if !s.box.post(func() { reply <- covered(s.machine.Shown(), all) }) {
		return false
	}
	select {
	case holds := <-reply:
		return holds
	case <-s.ended:
	case <-ctx.Done():
	}
	return false
}

// covered reports whether who knows shown has all of these.
func covered(shown map[string]crdt.Knowledge, all []Written) bool {
	for _, w := range all {
		if !shown[w.collection].At(w.key).Covers(headsVector(w.heads)) {
			return false
		}
	}
	return true
}

// acks is how many peers the transaction waits for; ErrAckCount if one of its
// mutations asks for what cannot be.
func (t *transaction) acks() (k int, err error) {
	for _, m := range t.mutations {
		if err := checkAcks(m.options.Acks); err != nil {
			return 0, err
		}
		k = max(k, m.options.Acks)
	}
	return k, nil
}

// written is the outcome of all mutations.
func (t *transaction) written() (all []Written) {
	for _, m := range t.mutations {
		all = append(all, m.written)
	}
	return all
}
