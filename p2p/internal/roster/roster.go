package roster

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

const (
	maxPeers = 1024        // known at a time; strangers are forgotten first
	maxAddrs = 16          // tried per peer
	hopeless = 10          // failed attempts at a stranger that nobody vouched for
	settled  = time.Minute // a Conn that lived so long was no failure
	bright   = 4           // failures counted at most while Conns bring something
)

// Options of a Roster. The zero value is for production.
type Options struct {
	Dial    p2p.Backoff    // between attempts to reach a peer
	Refusal p2p.Backoff    // of a peer that is kept out; zero means p2p.Refusal
	Jitter  func() float64 // in [0, 1); nil means random
}

// Roster is the table of known peers. Every change of state passes through
// one of its methods, which then emits the event.
type Roster struct {
	self  string
	opts  Options
	queue *Queue
	wake  chan struct{} // something may be due earlier than thought

	mu      sync.Mutex
	entries map[string]*entry
	unasked bool // whether those are wanted of whom Want has not spoken
	closed  bool
}

// settle is how many failures in a row still count after a Conn that lived for
// a time. None after a minute; none either when it had brought something, lived
// as long as one waits after a first failure, and broke. One that had brought
// something and broke sooner counts, but a few at most.
func (o Options) settle(failures int, lived time.Duration, broke bool) int {
	switch {
	case lived >= settled, broke && lived >= o.Dial.Least():
		return 0
	case broke:
		return min(failures, bright-1) // this one comes on top
	}
	return failures
}

// New starts an empty Roster of the peer self. Close it.
func New(self string, o Options) *Roster {
	if o.Refusal == (p2p.Backoff{}) {
		o.Refusal = p2p.Refusal
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return &Roster{
		self: self, opts: o, queue: NewQueue(),
		wake: make(chan struct{}, 1), entries: map[string]*entry{}, unasked: true,
	}
}

// Events is the stream for p2p.Network.Events.
func (r *Roster) Events() <-chan p2p.Event { return r.queue.Events() }

// Close ends the events; what happens after is not reported.
func (r *Roster) Close() {
	r.mu.Lock()
	closed := r.closed
	r.closed = true
	r.mu.Unlock()
	if !closed {
		r.queue.Close()
	}
}

// Peers is for p2p.Network.Peers.
func (r *Roster) Peers() []p2p.Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]p2p.Peer, 0, len(r.entries))
	for _, e := range r.entries {
		out = append(out, e.snapshot(r.wanted(e)))
	}
	slices.SortFunc(out, func(a, b p2p.Peer) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Barred tells whether the peer is kept out now.
func (r *Roster) Barred(peer string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[peer]
	return ok && time.Now().Before(e.barred)
}

// Member tells whether the peer has ever proven the secret.
func (r *Roster) Member(peer string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.entries[peer]
	return ok && e.peer.Member
}

// Members lists the peers that have proven the secret, with where they say
// they live; what may be passed on to other members.
func (r *Roster) Members() map[string][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string][]string{}
	for id, e := range r.entries {
		if e.peer.Member && len(e.told) > 0 {
			out[id] = slices.Clone(e.told)
		}
	}
	return out
}

// entry finds or makes the entry of a peer; nil for ourselves, and when the
// table is full of peers that matter more.
func (r *Roster) entry(peer string) *entry {
	if peer == r.self || peer == "" || r.closed {
		return nil
	}
	e, ok := r.entries[peer]
	if ok {
		return e
	}
	if len(r.entries) >= maxPeers && !r.forgetOne() {
		return nil
	}
	now := time.Now()
	e = &entry{peer: p2p.Peer{ID: peer, State: p2p.StateTrying, Since: now, Next: now}}
	r.entries[peer] = e
	return e
}

// forgetOne drops the peer that was longest in its state among those that
// never proved anything and that nobody asked for.
func (r *Roster) forgetOne() bool {
	var oldest *entry
	for _, e := range r.entries {
		if e.peer.Member || len(e.given) > 0 || e.dialling {
			continue
		}
		if oldest == nil || e.peer.Since.Before(oldest.peer.Since) {
			oldest = e
		}
	}
	if oldest == nil {
		return false
	}
	delete(r.entries, oldest.peer.ID)
	return true
}

func (r *Roster) poke() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
