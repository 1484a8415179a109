package roster

import (
	"context"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// parallel is how many peers are tried at a time.
const parallel = 8

// Target is a peer that is due.
type Target struct {
	Peer  string
	Addrs []string
}

// Dial calls try for every peer that is due, until ctx ends, and returns when
// no call is left running. try reports what it found through the Roster: Up,
// Refuse or Unreachable; a peer about which it says nothing is tried again
// after a backoff.
func (r *Roster) Dial(ctx context.Context, try func(ctx context.Context, t Target)) {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, parallel)
	for {
		targets, wait := r.due(time.Now())
		for _, t := range targets {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			running.Go(func() {
				defer func() { <-slots }()
				defer r.tried(t.Peer)
				try(ctx, t)
			})
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.wake:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// due marks and returns who is to be tried now, and how long to wait for the
// next one.
func (r *Roster) due(now time.Time) ([]Target, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := time.Hour
	var out []Target
	for id, e := range r.entries {
		if e.dialling || e.peer.State == p2p.StateUp || !r.wanted(e) {
			continue
		}
		addrs := e.addrs()
		if len(addrs) == 0 {
			continue
		}
		if left := e.peer.Next.Sub(now); left > 0 {
			wait = min(wait, left)
			continue
		}
		e.dialling = true
		out = append(out, Target{Peer: id, Addrs: addrs})
	}
	return out, wait
}

func (r *Roster) tried(peer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[peer]
	if !ok {
		return
	}
	e.dialling = false
	if now := time.Now(); e.peer.State != p2p.StateUp && !e.peer.Next.After(now) {
		e.retry(r.opts, now)
	}
	r.poke()
}
