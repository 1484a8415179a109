package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Outcome is what came of something that was released together with others.
type Outcome string

// The outcomes.
const (
	CameBack     Outcome = "back"    // it is here, merged or brought again by a peer; nothing of it is in quarantine
	RefusedAgain Outcome = "refused" // it is in quarantine, still or again; Why says why
	AskedFor     Outcome = "asked"   // a peer was asked for it, and it has neither come nor been refused yet; Why names the peer
)

// Release is the outcome of one.
type Release struct {
	Quarantined         // as it was listed, without its bytes
	Outcome     Outcome // what came of it
	Changed     bool    // its document is another one now, by this release
	Why         string  // "" where it came back
}

// ReleaseAll releases what is in quarantine, the oldest first, each as Release does; what
// peers are asked for it waits for, as long as patience. What comes into quarantine
// meanwhile stays there. Only an error of the store, or the end of ctx, is an error: then
// the outcomes so far are returned with it.
func (n *Node) ReleaseAll(ctx context.Context, patience time.Duration) ([]Release, error) {
	all, err := n.Quarantine(ctx)
	if err != nil {
		return nil, err
	}
	n.putting.Lock()
	out, asked, err := n.releaseEach(ctx, all)
	n.putting.Unlock()
	told := map[*session]bool{}
	for _, a := range asked {
		for _, s := range a.sessions {
			if !told[s] {
				told[s] = true
				s.tell(antientropy.Stop{Reason: antientropy.ReasonReset, Detail: "what was in quarantine is tried again"})
			}
		}
	}
	if err != nil {
		return out, err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return out, errors.Join(n.settle(waiting, out, asked), ctx.Err())
}

// asking is something that peers were asked for again.
type asking struct {
	at       int        // in the outcomes
	sessions []*session // which have been told to begin anew
}

// releaseEach releases what is here, and drops what sessions are to be asked for:
// these are told afterwards, all at once, for none of them answers until it is back.
func (n *Node) releaseEach(ctx context.Context, all []Quarantined) (out []Release, asked []asking, err error) {
	for _, q := range all {
		changed, from, err := n.release(ctx, q.ID, false)
		r := Release{Quarantined: q, Outcome: CameBack, Changed: changed}
		switch {
		case errors.Is(err, ErrNotQuarantined): // it went by itself
			continue
		case errors.Is(err, ErrNotReleased):
			r.Outcome, r.Why = RefusedAgain, err.Error()
		case err != nil:
			return out, asked, err
		case len(from) > 0:
			r.Outcome, r.Why = AskedFor, "not yet brought by "+from[0].peer.id
			asked = append(asked, asking{len(out), from})
		}
		out = append(out, r)
	}
	return out, asked, nil
}

// settleEvery is how often is looked whether what was asked for has come.
const settleEvery = 50 * time.Millisecond

// settle waits until of each that was asked for it is known whether it has come. What is in
// quarantine and did not stay there came since, be it with a number that one had before.
func (n *Node) settle(ctx context.Context, out []Release, asked []asking) error {
	stayed := map[uint64]bool{}
	for _, r := range out {
		stayed[r.ID] = r.Outcome == RefusedAgain
	}
	for len(asked) > 0 && wait(ctx, settleEvery) {
		kept, err := n.docs.Quarantine()
		if err != nil {
			return n.storeError(err)
		}
		kept = slices.DeleteFunc(kept, func(q Quarantined) bool { return stayed[q.ID] })
		reach, left := n.mesh.reach(), asked[:0]
		for _, a := range asked {
			if !n.settled(a, &out[a.at], kept, reach) {
				left = append(left, a)
			}
		}
		asked = left
	}
	return nil
}

// settled reports whether it is known what came of it: it is in quarantine again, among what was
// kept since, or a peer that was asked is in step since, but for what is refused.
func (n *Node) settled(a asking, r *Release, kept []Quarantined, reach map[string]p2p.Peer) bool {
	for _, q := range kept {
		if q.Kind == r.Kind && q.Collection == r.Collection && q.Key == r.Key && (r.Kind == storage.QuarantinedDocument || q.Origin == r.Origin) {
			r.Outcome, r.Why = RefusedAgain, q.Reason
			return true
		}
	}
	for _, old := range a.sessions {
		if now := old.peer.live(); now == nil || now == old {
			continue
		}
		st := n.peerStatus(old.peer, reach[old.peer.id])
		for _, d := range st.Refused {
			if !d.ByPeer && d.Collection == r.Collection && d.Key == r.Key {
				r.Outcome, r.Why = RefusedAgain, d.Reason
				return true
			}
		}
		if st.State == InSync || st.final {
			r.Outcome, r.Why = CameBack, ""
			return true
		}
	}
	return false
}

// dropTogether is how many are dropped in one commit.
const dropTogether = 1000

// DropAllQuarantined removes what is in quarantine for good, and returns how many that
// were; also with an error, then some are left. What comes meanwhile stays.
func (n *Node) DropAllQuarantined(ctx context.Context) (dropped int, err error) {
	all, err := n.Quarantine(ctx)
	if err != nil {
		return 0, err
	}
	for len(all) > 0 {
		some := all[:min(len(all), dropTogether)]
		all = all[len(some):]
		var gone int
		err := n.writer.do(&task{ctx: ctx, durable: true, run: func(b *batch) error {
			b.begin()
			gone = 0
			for _, q := range some {
				err := b.DropQuarantined(q.ID)
				switch {
				case errors.Is(err, storage.ErrNotFound): // it went by itself
				case err != nil:
					return fmt.Errorf("%d: %w", q.ID, err)
				default:
					gone++
				}
			}
			return nil
		}})
		if err != nil {
			return dropped, err
		}
		dropped += gone
	}
	if dropped > 0 {
		n.roomMade()
	}
	return dropped, nil
}
